"""Reading proposed keys of sharing."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from billing.allocation.models import AdoptedKey
from billing.peer.models import Peer, PeerState
from billing.sharing_key.models import KeyState, ProposedKey


def proposals(session: Session) -> Sequence[ProposedKey]:
    """What is proposed and we have not adopted, the highest version first; of ourselves and present sisters."""
    return session.scalars(
        select(ProposedKey)
        .outerjoin(ProposedKey.peer)
        .where(
            or_(ProposedKey.peer_id.is_(None), Peer.state != PeerState.REMOVED),
            ProposedKey.revoked_at.is_(None),
            ProposedKey.digest.not_in(select(AdoptedKey.digest)),
        )
        .options(joinedload(ProposedKey.peer))
        .order_by(ProposedKey.version.desc(), ProposedKey.received_at.desc(), ProposedKey.id.desc())
    ).all()


def published(session: Session) -> dict[str, list[ProposedKey]]:
    """Every key that ourselves and present sisters publish, by digest: who did, adopted by us or not. The highest
    version first, then what came last.
    """
    found: dict[str, list[ProposedKey]] = {}
    for row in session.scalars(
        select(ProposedKey)
        .outerjoin(ProposedKey.peer)
        .where(ProposedKey.revoked_at.is_(None), or_(ProposedKey.peer_id.is_(None), Peer.state != PeerState.REMOVED))
        .options(joinedload(ProposedKey.peer))
        .order_by(ProposedKey.version.desc(), ProposedKey.received_at.desc(), ProposedKey.id.desc())
    ):
        found.setdefault(row.digest, []).insert(0, row)
    return found


def by_digest(session: Session, digest: str) -> Sequence[ProposedKey]:
    """Who published this key: ourselves and present sisters, adopted by us or not."""
    return session.scalars(
        select(ProposedKey)
        .outerjoin(ProposedKey.peer)
        .where(
            ProposedKey.digest == digest,
            ProposedKey.revoked_at.is_(None),
            or_(ProposedKey.peer_id.is_(None), Peer.state != PeerState.REMOVED),
        )
        .options(joinedload(ProposedKey.peer))
        .order_by(ProposedKey.received_at, ProposedKey.id)
    ).all()


def our_proposals(session: Session) -> Sequence[ProposedKey]:
    """What we propose and have not adopted, the highest version first."""
    return [proposal for proposal in proposals(session) if proposal.peer_id is None]


def our_proposal(session: Session, digest: str) -> ProposedKey | None:
    return session.scalar(select(ProposedKey).where(ProposedKey.digest == digest, ProposedKey.peer_id.is_(None)))


def of_peer(session: Session, peer_id: int) -> dict[str, ProposedKey]:
    """What we hold of a sister, by digest."""
    return {row.digest: row for row in session.scalars(select(ProposedKey).where(ProposedKey.peer_id == peer_id))}


def adopted_version(session: Session) -> int:
    """The highest version that we adopted, 0 where there is none."""
    return session.scalar(select(AdoptedKey.version).order_by(AdoptedKey.version.desc()).limit(1)) or 0


def is_adopted_there(proposal: ProposedKey) -> bool:
    """Whether whoever published it adopted it."""
    return proposal.state is KeyState.ADOPTED
