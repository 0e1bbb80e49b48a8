"""Reading notices that wait, and nonces that were used."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.notice.models import NoticeNonce, WaitingNotice
from billing.peer.models import Peer, PeerState


def waiting(session: Session) -> Sequence[tuple[WaitingNotice, str]]:
    """What waits, the oldest first, each with the host name of its sister."""
    rows = session.execute(
        select(WaitingNotice, Peer.host)
        .join(Peer, Peer.id == WaitingNotice.peer_id)
        .where(Peer.state == PeerState.ACTIVE)
        .order_by(WaitingNotice.made_at, WaitingNotice.id)
    )
    return [(notice, host) for notice, host in rows]


def is_used(session: Session, *, peer_id: int, nonce: str) -> bool:
    """Whether a sister used this nonce before."""
    wanted = select(NoticeNonce.id).where(NoticeNonce.peer_id == peer_id, NoticeNonce.nonce == nonce)
    return session.scalar(wanted) is not None
