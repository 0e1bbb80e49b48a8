"""Disputes about figures of reports, and every signed document about them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.dispute.document import Act, Verdict
from billing.peer.models import Peer
from coopcircuits.db import Minor, Model, word


class Dispute(Model):
    """A figure that an instance contests in the report of another; either may be ourselves."""

    __tablename__ = "dispute"
    __table_args__ = (Index("ix_dispute_period", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Of the claim: by which sisters name the dispute.
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    claimant: Mapped[str] = mapped_column(String(255))
    issuer: Mapped[str] = mapped_column(String(255))
    report_digest: Mapped[str] = mapped_column(String(71))
    period: Mapped[str] = mapped_column(String(7))
    #: Path of the figure in the report, what the report says there and what the claimant says it is.
    field: Mapped[str] = mapped_column(String(100))
    stated: Mapped[Minor | None]
    claimed: Mapped[Minor | None]
    currency: Mapped[str] = mapped_column(String(3))
    opened_at: Mapped[datetime]

    documents: Mapped[list["DisputeDocument"]] = relationship(
        lazy="raise_on_sql", order_by="DisputeDocument.issued_at, DisputeDocument.id"
    )


class DisputeDocument(Model):
    """One signed document as it was signed or came: immutable bytes. ``peer_id`` is empty for our own."""

    __tablename__ = "dispute_document"
    __table_args__ = (Index("ix_dispute_document_dispute_id", "dispute_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id"))
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    act: Mapped[Act] = word(Act)
    verdict: Mapped[Verdict | None] = word(Verdict)
    instance: Mapped[str] = mapped_column(String(255))
    peer_id: Mapped[int | None] = mapped_column(ForeignKey("peer.id"))
    reason: Mapped[str] = mapped_column(String(1000))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    received_at: Mapped[datetime]
    #: Its key turned out to be stolen before it came: not relied on until it comes under another.
    revoked_at: Mapped[datetime | None]
    #: Who of the cooperative decided it, for our own.
    signed_by: Mapped[str] = mapped_column(String(32), default="")

    peer: Mapped[Peer | None] = relationship(lazy="raise_on_sql")
