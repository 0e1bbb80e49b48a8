"""Keys of sharing that are proposed: by ourselves, or by a sister that may have adopted hers already."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.peer.models import Peer
from coopcircuits.db import Model, word


class KeyState(enum.StrEnum):
    """What whoever publishes a key says of it."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"


class ProposedKey(Model):
    """A key as an instance published it, signed by it. ``peer_id`` is empty for our own proposal."""

    __tablename__ = "proposed_key"
    __table_args__ = (UniqueConstraint("peer_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int | None] = mapped_column(ForeignKey("peer.id"))
    digest: Mapped[str] = mapped_column(String(71))
    version: Mapped[int]
    since: Mapped[str] = mapped_column(String(7))
    state: Mapped[KeyState] = word(KeyState)
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    #: Its key turned out to be stolen before it came: not relied on until it comes under another.
    revoked_at: Mapped[datetime | None]

    peer: Mapped[Peer | None] = relationship(lazy="raise_on_sql")
