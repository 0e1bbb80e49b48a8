"""Fetch and verify the keys of sharing that a sister proposes, or adopted before us."""

from billing.commons.sharing_key import check_sharing_key
from billing.peer.models import PullOutcome
from billing.peer.run import Run, subject_of
from billing.peer.services import Finding
from billing.sharing_key import queries, services
from billing.sharing_key.models import KeyState
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.lists import MAX_BYTES, SHARING_KEYS_PATH, KeyEntry, parse_keys
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind
from coopcircuits.federation.verify_object import verify_object

#: What one run may fetch; the next one goes on.
MOST = 4


def pull_keys(run: Run, identity: Identity) -> None:
    """Keys of a higher version than the latest that we adopted; what came earlier is history."""
    raw = run.list_of(SHARING_KEYS_PATH, "sharing-keys", max_bytes=MAX_BYTES)
    if raw is None:
        return
    try:
        entries = parse_keys(raw, expected_host=run.host)
    except Refusal as refusal:
        run.refuse("sharing-keys", refusal, None)
        return
    with run.transaction() as session:
        services.mark_listed(
            session, peer_id=run.peer_id, listed={entry.digest: KeyState(entry.state) for entry in entries}
        )
        held, adopted = queries.of_peer(session, run.peer_id), queries.adopted_version(session)
    news = [entry for entry in entries if entry.version > adopted and entry.digest not in held]
    news.sort(key=lambda entry: entry.version)
    for entry in run.in_turn("sharing-key", news, most=MOST):
        if run.is_over:
            return
        _key(run, entry, identity)


def _key(run: Run, entry: KeyEntry, identity: Identity) -> None:
    subject, raw = subject_of("sharing-key", entry), None
    try:
        raw = run.client.document(run.host, entry.path).body
        envelope = verify_object(
            raw, kind=ObjectKind.SHARING_KEY, identity=identity, check=check_sharing_key, received_at=run.at
        )
        if digest(envelope.payload) != entry.digest:
            raise Refusal("wrong-document", digest(envelope.payload))
    except Refusal as refusal:
        run.refuse(subject, refusal, raw)
        return
    with run.transaction() as session:
        services.keep_proposal(
            session,
            actor=run.actor,
            peer_id=run.peer_id,
            raw=raw,
            payload=envelope.payload,
            state=KeyState(entry.state),
            at=run.at,
        )
    run.found(Finding(subject, PullOutcome.ACCEPTED))
