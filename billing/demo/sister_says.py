"""What the demonstration's sister says beyond its reports: it contests a figure of ours, and proposes how to share."""

from typing import Any

from sqlalchemy.orm import Session

from billing.allocation.queries import read_keys
from billing.commons import queries as ours
from billing.commons import sharing_key
from billing.commons.sharing_key import check_sharing_key
from billing.dispute import services as disputes
from billing.dispute.document import check_dispute
from billing.peer.models import Peer
from billing.sharing_key import services as keys
from billing.sharing_key.models import KeyState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope, parse_envelope
from coopcircuits.period import Month

_WHY = "Notre relevé du cercle compte 40 € de moins pour ce poste. La facture fait foi."
_PROPOSAL = "Proposition du cercle finances, à voter par les membres de chaque instance avant la fin du mois."
#: Of the figure that is contested, in minor units.
_LESS = 4_000


def say_more(session: Session, *, peer: Peer, key: PrivateKey) -> None:
    """Signed by the sister's ``key`` and kept as if it had been pulled; nothing where we published nothing."""
    published = max(ours.published_periods(session), default=None)
    report = ours.last_final(session, published) if published else None
    if report is None:
        return
    told = parse_envelope(report.envelope).payload
    _contest(session, peer, key, told, report.digest)
    _propose(session, peer, key, told)


def _contest(session: Session, peer: Peer, key: PrivateKey, told: dict[str, Any], digest: str) -> None:
    costs = list(enumerate(told["costs"]))
    place = next((at for at, cost in costs if cost["kind"] == "cash" and cost["amount"] > _LESS), None)
    if place is None:
        return
    claim = {
        "v": 1,
        "type": "coop-dispute",
        "act": "claim",
        "instance": peer.host,
        "issued_at": format_moment(clock.now()),
        "reason": _WHY,
        "evidence": [{"ref": "Compte rendu du cercle finances"}],
        "concerns": told["instance"],
        "report": digest,
        "period": told["period"],
        "field": f"costs[{place}].amount",
        "claimed": told["costs"][place]["amount"] - _LESS,
    }
    _require(check_dispute(claim))
    raw = build_envelope(ObjectKind.DISPUTE, claim, [key])
    disputes.keep_document(
        session, actor=SYSTEM, peer_id=peer.id, raw=raw, payload=claim, us=told["instance"], at=clock.now()
    )


def _propose(session: Session, peer: Peer, key: PrivateKey, told: dict[str, Any]) -> None:
    since = str(Month.of(clock.now(), "UTC").plus(1))
    payload = sharing_key.following(
        max(read_keys(session), key=lambda key: key.version, default=None),
        rule=sharing_key.FIRST_RULE | {"equal_permille": 150},
        members=[
            sharing_key.Member(told["instance"], told["currency"], since),
            sharing_key.Member(peer.host, peer.currency, since),
        ],
        since=since,
        decided_on=clock.now().date().isoformat(),
        decision=_PROPOSAL,
    )
    _require(check_sharing_key(payload))
    raw = build_envelope(ObjectKind.SHARING_KEY, payload, [key])
    keys.keep_proposal(
        session, actor=SYSTEM, peer_id=peer.id, raw=raw, payload=payload, state=KeyState.PROPOSED, at=clock.now()
    )


def _require(problems: list[Any]) -> None:
    if problems:
        raise ValueError(f"the sister says what no instance would accept: {problems[0]}")
