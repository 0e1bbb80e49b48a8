"""Keys of sharing that were adopted, allocations that we computed, and those of our sisters."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.peer.models import Peer
from coopcircuits.db import Model


class AdoptedKey(Model):
    """A key of sharing that this instance adopted, under its own signature."""

    __tablename__ = "adopted_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(71), unique=True)
    version: Mapped[int] = mapped_column(unique=True)
    since: Mapped[str] = mapped_column(String(7))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    adopted_by: Mapped[str] = mapped_column(String(32))
    adopted_at: Mapped[datetime]


class Allocation(Model):
    """Who pays what for a month as this instance computed and signed it: the same payload for ever.

    Until a month is locked a later computation may stand in its place; the digest leaves out who computed it.
    """

    __tablename__ = "allocation"
    __table_args__ = (UniqueConstraint("period", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    digest: Mapped[str] = mapped_column(String(71))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    #: It was last found to be the answer, and signed, then.
    computed_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]


class PeerAllocation(Model):
    """The allocation of a month that a sister published, as it came, verified."""

    __tablename__ = "peer_allocation"
    __table_args__ = (UniqueConstraint("peer_id", "period", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    period: Mapped[str] = mapped_column(String(7))
    digest: Mapped[str] = mapped_column(String(71))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    #: It was last what the sister published then.
    received_at: Mapped[datetime]
    #: Its key turned out to be stolen before it came: not relied on until it comes under another.
    revoked_at: Mapped[datetime | None]

    peer: Mapped[Peer] = relationship(lazy="raise_on_sql")
