"""Propose a key of sharing to the sisters, and keep what they propose. Adopting is a use case of the allocation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.allocation.services import refuse_misplaced
from billing.commons import sharing_key
from billing.commons.queries import lock_publishing
from billing.peer import queries as peers
from billing.sharing_key import queries
from billing.sharing_key.events import SharingKeyProposed
from billing.sharing_key.models import KeyState, ProposedKey
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.events import record
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.signing import ObjectKind, build_envelope


def propose_key(session: Session, *, actor: Actor, us: str, payload: dict[str, Any], keys: KeyStore) -> ProposedKey:
    """Sign a key and publish it as our proposal; the same key again changes nothing.

    Raises :class:`Refusal` for a malformed one, and for one that nobody could adopt what ``refuse_misplaced`` raises.
    """
    lock_publishing(session)
    key = sharing_key.read(payload)
    held = queries.our_proposal(session, key.digest)
    if held is not None:
        return held
    refuse_misplaced(session, key)
    raw = build_envelope(ObjectKind.SHARING_KEY, payload, [keys.signer(clock.now())])
    return _keep(session, actor, payload, raw, peer_id=None, host=us, state=KeyState.PROPOSED, at=clock.now())


def keep_proposal(
    session: Session,
    *,
    actor: Actor,
    peer_id: int,
    raw: bytes,
    payload: dict[str, Any],
    state: KeyState,
    at: datetime,
) -> ProposedKey:
    """Keep a key that a sister publishes (verified envelope ``raw``); held already, only what it says of it changes."""
    held = queries.of_peer(session, peer_id).get(sharing_key.read(payload).digest)
    if held is not None:
        held.state = state
        if held.revoked_at is not None:
            held.envelope, held.received_at, held.revoked_at = raw, at, None
        return held
    host = peers.peer_of(session, peer_id).host
    return _keep(session, actor, payload, raw, peer_id=peer_id, host=host, state=state, at=at)


def mark_listed(session: Session, *, peer_id: int, listed: Mapping[str, KeyState]) -> None:
    """Follow what a sister says of its keys; one that it lists no more is gone."""
    for digest, held in queries.of_peer(session, peer_id).items():
        if digest in listed:
            held.state = listed[digest]
        else:
            session.delete(held)


def _keep(
    session: Session,
    actor: Actor,
    payload: dict[str, Any],
    raw: bytes,
    *,
    peer_id: int | None,
    host: str,
    state: KeyState,
    at: datetime,
) -> ProposedKey:
    key = sharing_key.read(payload)
    row = ProposedKey(
        peer_id=peer_id,
        digest=key.digest,
        version=key.version,
        since=key.since,
        state=state,
        envelope=raw,
        received_at=at,
    )
    session.add(row)
    session.flush()
    fact = SharingKeyProposed(
        proposal_id=row.id, digest=row.digest, version=row.version, host=host, is_ours=peer_id is None
    )
    record(session, fact, actor=actor)
    return row
