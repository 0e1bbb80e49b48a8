"""Fetch and verify what a sister signed about disputes."""

from billing.dispute import queries, services
from billing.dispute.document import Act, check_dispute
from billing.peer.models import PullOutcome
from billing.peer.run import Run, subject_of
from billing.peer.services import Finding
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.lists import DISPUTES_PATH, MAX_BYTES, DisputeEntry, parse_disputes
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind
from coopcircuits.federation.verify_object import verify_object

#: What one run may fetch; the next one goes on.
MOST = 24
_ORDER = list(Act)


def pull_disputes(run: Run, identity: Identity) -> None:
    """In the order in which they were signed, so that what answers a claim finds it."""
    raw = run.list_of(DISPUTES_PATH, "disputes", max_bytes=MAX_BYTES)
    if raw is None:
        return
    try:
        entries = parse_disputes(raw, expected_host=run.host)
    except Refusal as refusal:
        run.refuse("disputes", refusal, None)
        return
    with run.transaction() as session:
        held = queries.held_digests(session, run.peer_id)
    missing = [entry for entry in entries if entry.digest not in held]
    missing.sort(key=lambda entry: (entry.issued_at, _ORDER.index(Act(entry.act))))
    for entry in run.in_turn("dispute", missing, most=MOST):
        if run.is_over:
            return
        _document(run, entry, identity)


def _document(run: Run, entry: DisputeEntry, identity: Identity) -> None:
    subject, raw = subject_of("dispute", entry), None
    try:
        raw = run.client.document(run.host, entry.path).body
        envelope = verify_object(
            raw, kind=ObjectKind.DISPUTE, identity=identity, check=check_dispute, received_at=run.at
        )
        if digest(envelope.payload) != entry.digest:
            raise Refusal("wrong-document", digest(envelope.payload))
        with run.transaction() as session:
            services.keep_document(
                session,
                actor=run.actor,
                peer_id=run.peer_id,
                raw=raw,
                payload=envelope.payload,
                us=run.us,
                at=run.at,
            )
    except Refusal as refusal:
        run.refuse(subject, refusal, raw)
        return
    run.found(Finding(subject, PullOutcome.ACCEPTED))
