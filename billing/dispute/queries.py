"""Reading disputes, and the reports they are about."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from billing.allocation.queries import read_keys
from billing.commons.models import PublishedReport
from billing.commons.sharing_key import in_force
from billing.dispute.document import Act
from billing.dispute.models import Dispute, DisputeDocument
from billing.peer.models import Peer, PeerReport, PeerState
from billing.peer.queries import counting
from coopcircuits.errors import NotFound
from coopcircuits.federation.signing import parse_envelope

#: Disputes on a page of the list.
PAGE = 50


def disputes(session: Session, *, period: str | None = None, page: int | None = None) -> Sequence[Dispute]:
    """Disputes with all that was said by ourselves and present sisters, the latest first; all or one page of them."""
    wanted = _whole().where(_is_shown()).order_by(Dispute.opened_at.desc(), Dispute.id.desc())
    if period is not None:
        wanted = wanted.where(Dispute.period == period)
    if page is not None:
        wanted = wanted.limit(PAGE).offset((page - 1) * PAGE)
    return session.scalars(wanted).all()


def how_many(session: Session) -> int:
    """How many disputes there are to show."""
    return session.scalar(select(func.count(Dispute.id)).where(_is_shown())) or 0


def dispute_of(session: Session, digest: str) -> Dispute:
    """One dispute by the digest of its claim, with its documents; raises :class:`NotFound`."""
    found = session.scalar(_whole().where(Dispute.digest == digest, _is_shown()))
    if found is None:
        raise NotFound
    return found


def claims(session: Session, *, claimant: str, report_digest: str, field: str) -> Sequence[Dispute]:
    """What an instance said against one figure of one report."""
    return session.scalars(
        _whole().where(
            Dispute.claimant == claimant, Dispute.report_digest == report_digest, Dispute.field == field, _is_shown()
        )
    ).all()


def by_id(session: Session, dispute_id: int) -> Dispute:
    """One dispute with its documents."""
    return session.scalars(_whole().where(Dispute.id == dispute_id)).one()


def lock_dispute(session: Session, digest: str) -> Dispute | None:
    """Hold a dispute's row until the transaction ends."""
    return session.scalar(select(Dispute).where(Dispute.digest == digest).with_for_update())


def document_of(session: Session, digest: str) -> DisputeDocument | None:
    """A document of ours or of a present sister by its digest."""
    return session.scalar(select(DisputeDocument).where(DisputeDocument.digest == digest, _present()))


def held(session: Session, digest: str) -> DisputeDocument | None:
    """A document by its digest, whoever signed it."""
    return session.scalar(select(DisputeDocument).where(DisputeDocument.digest == digest))


def held_digests(session: Session, peer_id: int) -> set[str]:
    """What we hold of a sister and rely on."""
    of_peer = select(DisputeDocument.digest).where(DisputeDocument.peer_id == peer_id)
    return set(session.scalars(of_peer.where(DisputeDocument.revoked_at.is_(None))))


def our_documents(session: Session) -> Sequence[tuple[DisputeDocument, str]]:
    """What we signed ourselves, the latest first, each with the digest of its claim."""
    rows = session.execute(
        select(DisputeDocument, Dispute.digest)
        .join(Dispute, Dispute.id == DisputeDocument.dispute_id)
        .where(DisputeDocument.peer_id.is_(None))
        .order_by(DisputeDocument.issued_at.desc(), DisputeDocument.id.desc())
    )
    return [(document, digest) for document, digest in rows]


def sharing_in(session: Session, period: str) -> set[str]:
    """Host names that share the cost of a month, by the key in force."""
    key = in_force(read_keys(session), period)
    return {member.instance for member in key.members_in(period)} if key else set()


# ---------------------------------------------------------------- the reports they are about


def report_in_dispute(session: Session, *, issuer: str, digest: str, us: str) -> dict[str, Any]:
    """The payload of the report of ``issuer`` with this digest, put aside or not; raises :class:`NotFound`."""
    if issuer == us:
        raw = session.scalar(select(PublishedReport.envelope).where(PublishedReport.digest == digest))
    else:
        raw = session.scalar(
            select(PeerReport.envelope)
            .join(PeerReport.peer)
            .where(PeerReport.digest == digest, Peer.host == issuer, Peer.state != PeerState.REMOVED)
            .limit(1)
        )
    if raw is None:
        raise NotFound
    return parse_envelope(raw).payload


def latest_report(session: Session, *, issuer: str, period: str, us: str) -> dict[str, Any] | None:
    """The payload of the highest revision of a month that counts, of ourselves or of a sister."""
    if issuer == us:
        ours = select(PublishedReport.envelope).where(PublishedReport.period == period)
        raw = session.scalar(ours.order_by(PublishedReport.revision.desc()).limit(1))
    else:
        raw = session.scalar(
            select(PeerReport.envelope)
            .join(PeerReport.peer)
            .where(Peer.host == issuer, PeerReport.period == period, counting())
            .order_by(PeerReport.revision.desc())
            .limit(1)
        )
    return parse_envelope(raw).payload if raw is not None else None


def _whole() -> Select[Dispute]:
    """Disputes with what was said, also just now in the same transaction."""
    said = selectinload(Dispute.documents.and_(_present()))
    return select(Dispute).options(said).execution_options(populate_existing=True)


def _is_shown() -> Any:
    """Whose claim is ours or a present sister's."""
    return Dispute.documents.any(and_(DisputeDocument.act == Act.CLAIM, _present()))


def _present() -> Any:
    """What a removed sister said, or one under a stolen key, is kept but not shown."""
    removed = select(Peer.id).where(Peer.state == PeerState.REMOVED)
    return and_(
        DisputeDocument.revoked_at.is_(None),
        or_(DisputeDocument.peer_id.is_(None), DisputeDocument.peer_id.not_in(removed)),
    )
