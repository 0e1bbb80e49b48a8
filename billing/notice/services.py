"""Tell sisters that we published something, and be told. Nothing here touches the network."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing.notice import queries
from billing.notice.models import NoticeNonce, WaitingNotice
from billing.peer import queries as peers
from billing.peer.models import Peer, PeerState
from coopcircuits import clock
from coopcircuits.db import write_unless_there
from coopcircuits.federation.http_signature import SignatureRefused
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.notice import Notice, verify_notice
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import decode_base64url

#: A sister may call as often as it likes: it is not asked more often than this.
NOT_BEFORE = timedelta(minutes=10)


class StrangeSender(Refusal):
    """Only sisters may post notices."""

    status = 403


class Replayed(Refusal):
    """The same notice once more."""

    status = 409


def tell_sisters(session: Session, *, digest: str) -> None:
    """Let a notice wait for each sister that is asked; the same digest again changes nothing."""
    for peer in peers.peers(session):
        if peer.state is PeerState.ACTIVE:
            write_unless_there(session, WaitingNotice, peer_id=peer.id, digest=digest, made_at=clock.now())


def take_waiting(session: Session, *, most: int) -> list[tuple[str, str]]:
    """Take what waits, as (host, digest): one a sister, since one is enough to be asked. Nothing is sent twice."""
    hosts = {notice.peer_id: host for notice, host in queries.waiting(session)}
    chosen = list(hosts)[:most]
    taken = session.execute(
        delete(WaitingNotice)
        .where(WaitingNotice.peer_id.in_(chosen))
        .returning(WaitingNotice.id, WaitingNotice.peer_id, WaitingNotice.digest)
    )  # what another worker took meanwhile is not among them
    latest = {peer_id: digest for _id, peer_id, digest in sorted(taken.all())}
    return [(hosts[peer_id], latest[peer_id]) for peer_id in chosen if peer_id in latest]


def receive_notice(session: Session, *, notice: Notice, body: bytes, headers: Mapping[str, str], us: str) -> Peer:
    """Verify a sister's notice and ask it soon; raises :class:`Refusal`."""
    peer, now = peers.by_host(session, notice.instance), clock.now()
    if peer is None or peer.state is not PeerState.ACTIVE:
        raise StrangeSender("unknown-peer", notice.instance)
    peer = peers.lock_peer(session, peer.id)
    try:
        identity = verify_identity(
            peer.identity, expected_host=peer.host, now=now, pinned_root=decode_base64url(peer.root_key, 32)
        )
    except Refusal as refusal:
        raise SignatureRefused(refusal.reason, refusal.detail) from None
    accepted = verify_notice(body, headers, us=us, identity=identity, now=now)
    session.execute(delete(NoticeNonce).where(NoticeNonce.kept_until < now))
    if queries.is_used(session, peer_id=peer.id, nonce=accepted.nonce):
        raise Replayed("replayed", accepted.nonce)
    session.add(NoticeNonce(peer_id=peer.id, nonce=accepted.nonce, kept_until=accepted.kept_until))
    asked = peers.last_asked(session, peer.id)
    peer.next_pull_at = min(peer.next_pull_at, max(now, asked + NOT_BEFORE) if asked else now)
    return peer
