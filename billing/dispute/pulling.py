"""Fetch and verify what a sister signed about disputes."""

from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from billing.dispute import queries, services
from billing.dispute.document import Act, check_dispute
from billing.peer.run import Run, subject_of
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.lists import DISPUTES_PATH, MAX_BYTES, parse_disputes
from coopcircuits.federation.signing import ObjectKind

#: What one run may fetch; the next one goes on.
MOST = 24
_ORDER = list(Act)


def pull_disputes(run: Run, identity: Identity) -> None:
    """In the order in which they were signed, so that what answers a claim finds it."""
    entries = run.entries_of(DISPUTES_PATH, "disputes", parse_disputes, max_bytes=MAX_BYTES)
    if entries is None:
        return
    with run.transaction() as session:
        held = queries.held_digests(session, run.peer_id)
    missing = [entry for entry in entries if entry.digest not in held]
    missing.sort(key=lambda entry: (entry.issued_at, _ORDER.index(Act(entry.act))))
    for entry in run.in_turn("dispute", missing, most=MOST):
        if run.is_over:
            return
        run.take(
            entry,
            ObjectKind.DISPUTE,
            subject=subject_of("dispute", entry),
            identity=identity,
            check=check_dispute,
            keep=partial(_keep, run),
        )


def _keep(run: Run, session: Session, raw: bytes, payload: dict[str, Any]) -> None:
    services.keep_document(
        session, actor=run.actor, peer_id=run.peer_id, raw=raw, payload=payload, us=run.us, at=run.at
    )
