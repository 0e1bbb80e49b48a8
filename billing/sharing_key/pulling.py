"""Fetch and verify the keys of sharing that a sister proposes, or adopted before us."""

from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from billing.commons.sharing_key import check_sharing_key
from billing.peer.run import Run, subject_of
from billing.sharing_key import queries, services
from billing.sharing_key.models import KeyState
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.lists import MAX_BYTES, SHARING_KEYS_PATH, parse_keys
from coopcircuits.federation.signing import ObjectKind

#: What one run may fetch; the next one goes on.
MOST = 4
#: What is kept of one sister: its highest versions.
MOST_KEPT = 50


def pull_keys(run: Run, identity: Identity) -> None:
    """Keys of a higher version than the latest that we adopted, since what came earlier is history; and those that we
    hold under a stolen key."""
    entries = run.entries_of(SHARING_KEYS_PATH, "sharing-keys", parse_keys, max_bytes=MAX_BYTES)
    if entries is None:
        return
    entries = sorted(entries, key=lambda entry: (-entry.version, entry.digest))[:MOST_KEPT]
    with run.transaction() as session:
        services.mark_listed(
            session, peer_id=run.peer_id, listed={entry.digest: KeyState(entry.state) for entry in entries}
        )
        held, adopted = queries.of_peer(session, run.peer_id), queries.adopted_version(session)
    resting = {digest for digest, row in held.items() if row.revoked_at is not None}
    news = [
        entry for entry in entries if entry.digest in resting or (entry.version > adopted and entry.digest not in held)
    ]
    news.sort(key=lambda entry: entry.version)
    for entry in run.in_turn("sharing-key", news, most=MOST):
        if run.is_over:
            return
        run.take(
            entry,
            ObjectKind.SHARING_KEY,
            subject=subject_of("sharing-key", entry),
            identity=identity,
            check=check_sharing_key,
            keep=partial(_keep, run, KeyState(entry.state)),
        )


def _keep(run: Run, state: KeyState, session: Session, raw: bytes, payload: dict[str, Any]) -> None:
    services.keep_proposal(
        session, actor=run.actor, peer_id=run.peer_id, raw=raw, payload=payload, state=state, at=run.at
    )
