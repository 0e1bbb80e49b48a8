"""How the demonstration shares what the common software costs: a rule that both instances voted, and every month under
it computed by both to the same bytes.
"""

from sqlalchemy.orm import Session

from billing.allocation import queries
from billing.allocation.services import adopt_key, compute_allocation, keep_peer_allocation, settle
from billing.commons import calendar, sharing_key
from billing.commons.instance import instance_name, open_keys
from billing.commons.queries import published_periods
from billing.demo.sister import load_sister, read_sister
from billing.sharing_key import services as proposals
from billing.sharing_key.models import KeyState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.period import Month
from coopcircuits.site import site

_VOTE = "Votée par les membres des deux instances : un quart à parts égales, le reste selon les ventes."


def load_sharing(session: Session) -> None:
    """Adopt the rule from our first report on, let the sister come in, and share each month that is due."""
    sister, periods = read_sister(), sorted(published_periods(session))
    if not periods:
        load_sister(session)
        return
    us, keys, here = instance_name(), open_keys(), site()
    rule = sharing_key.hybrid(
        [(us, here.currency), (sister.profile.instance, sister.profile.currency)],
        since=periods[0],
        decided_on=f"{periods[0]}-01",
        decision=_VOTE,
    )
    adopted = adopt_key(session, actor=SYSTEM, payload=rule, keys=keys)
    peer = load_sister(session)
    proposals.keep_proposal(
        session,
        actor=SYSTEM,
        peer_id=peer.id,
        raw=build_envelope(ObjectKind.SHARING_KEY, rule, [sister.key]),
        payload=rule,
        state=KeyState.ADOPTED,
        at=adopted.adopted_at,
    )
    for month in map(Month.parse, periods):
        if clock.now() < calendar.allocation_due(month):
            break
        ours = compute_allocation(session, actor=SYSTEM, month=month, instance=us, keys=keys)
        theirs = queries.payload_of(ours) | {"instance": peer.host}
        raw = build_envelope(ObjectKind.ALLOCATION, theirs, [sister.key])
        keep_peer_allocation(session, peer_id=peer.id, raw=raw, payload=theirs)
        settle(session, actor=SYSTEM, month=month)
