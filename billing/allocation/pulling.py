"""Fetch and verify what a sister computed."""

from datetime import UTC, datetime

from billing.allocation import queries
from billing.allocation.services import keep_peer_allocation
from billing.commons.allocation import check_allocation
from billing.peer.models import PullOutcome
from billing.peer.queries import last_tries
from billing.peer.run import Run
from billing.peer.services import Finding
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.index import ALLOCATIONS_PATH
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind
from coopcircuits.federation.verify_object import verify_object

#: Of the latest months, and of those under a stolen key; the next run goes on.
MOST_ALLOCATIONS = 3
MOST_AGAIN = 24
_NEVER = datetime.min.replace(tzinfo=UTC)


def pull_allocations(run: Run, identity: Identity) -> None:
    """What the sister says of the months that we allocated ourselves, until it says the same; and, of any month, what
    it said under a key that was stolen."""
    with run.transaction() as session:
        months = queries.unmatched(session, run.peer_id, most=MOST_ALLOCATIONS)
        again = {held.period for held in queries.revoked_of(session, run.peer_id)} - set(months)
        tried = last_tries(session, run.peer_id, "allocation")
    longest = sorted(again, key=lambda month: (tried.get(f"allocation/{month}", _NEVER), month))
    for month in months + longest[:MOST_AGAIN]:
        if run.is_over:
            return
        subject, raw = f"allocation/{month}", None
        try:
            raw = run.client.document(run.host, f"{ALLOCATIONS_PATH}/{month}").body
            envelope = verify_object(
                raw, kind=ObjectKind.ALLOCATION, identity=identity, check=check_allocation, received_at=run.at
            )
            if envelope.payload["period"] != month:
                raise Refusal("wrong-document", envelope.payload["period"])
        except Refusal as refusal:
            if refusal.reason != "unexpected-status":  # it has not computed the month yet
                run.refuse(subject, refusal, raw)
            continue
        with run.transaction() as session:
            new = keep_peer_allocation(session, peer_id=run.peer_id, raw=raw, payload=envelope.payload)
        run.found(Finding(subject, PullOutcome.ACCEPTED if new else PullOutcome.UNCHANGED))
