"""Sister instances and the signed monthly reports exchanged with them."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Model, word


class ReportState(enum.StrEnum):
    PROVISIONAL = "provisional"
    FINAL = "final"


class PublishedReport(Model):
    """A month as this instance signed it: immutable bytes."""

    __tablename__ = "published_report"
    __table_args__ = (UniqueConstraint("period", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    revision: Mapped[int]
    state: Mapped[ReportState] = word(ReportState)
    digest: Mapped[str] = mapped_column(String(71))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(32))


class Peer(Model):
    """A sister instance, trusted since an administrator compared its fingerprint."""

    __tablename__ = "peer"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    #: The root key as base64url, pinned when the peer was added.
    root_key: Mapped[str] = mapped_column(String(64))
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    index_etag: Mapped[str] = mapped_column(String(120), default="")
    failures: Mapped[int] = mapped_column(default=0)
    added_by: Mapped[str] = mapped_column(String(32))
    added_at: Mapped[datetime]
    pulled_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]


class PeerReport(Model):
    """A verified report of a peer, with the raw bytes as they came."""

    __tablename__ = "peer_report"
    __table_args__ = (UniqueConstraint("peer_id", "period", "revision", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    period: Mapped[str] = mapped_column(String(7))
    revision: Mapped[int]
    state: Mapped[ReportState] = word(ReportState)
    digest: Mapped[str] = mapped_column(String(71))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    #: The peer signed two different contents for one month and revision: kept, shown, never used.
    quarantined_at: Mapped[datetime | None]

    peer: Mapped[Peer] = relationship(lazy="raise_on_sql")


class PullOutcome(enum.StrEnum):
    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class Pull(Model):
    """What came of asking a peer; ``reason`` is a stable word, ``detail`` what was being read."""

    __tablename__ = "pull"
    __table_args__ = (Index("ix_pull_peer_id", "peer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    at: Mapped[datetime]
    outcome: Mapped[PullOutcome] = word(PullOutcome)
    reason: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
