"""Sister instances, what they publish, and what came of asking them."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.commons.models import ReportState
from coopcircuits.db import Model, word


class PeerState(enum.StrEnum):
    ACTIVE = "active"
    #: Not asked for the time being; what it published stays visible.
    PAUSED = "paused"
    #: No longer a sister: neither asked nor shown. Its reports are kept.
    REMOVED = "removed"


class Peer(Model):
    """A sister instance, trusted since an administrator compared its fingerprint."""

    __tablename__ = "peer"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    zone: Mapped[str] = mapped_column(String(64), default="")
    #: In which it speaks to people, as language tags; empty where it does not say.
    languages: Mapped[list[Any]] = mapped_column(default=list)
    #: The root key as base64url, pinned when the peer was added.
    root_key: Mapped[str] = mapped_column(String(64))
    #: The last identity that was found good, as it came.
    identity: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[PeerState] = word(PeerState, default=PeerState.ACTIVE)
    index_etag: Mapped[str] = mapped_column(String(220), default="")
    #: How often in a row it could not be asked.
    failures: Mapped[int] = mapped_column(default=0)
    added_by: Mapped[str] = mapped_column(String(32))
    #: A sister since then, and until when if it is one no more.
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    #: Its index was last read then.
    pulled_at: Mapped[datetime | None]
    next_pull_at: Mapped[datetime]
    #: Somebody is asking it since then: one at a time.
    pulling_since: Mapped[datetime | None]


class PeerReport(Model):
    """A verified report of a peer, with the raw bytes as they came."""

    __tablename__ = "peer_report"
    __table_args__ = (
        UniqueConstraint("peer_id", "period", "revision", "digest"),
        Index("ix_peer_report_period", "period"),
    )

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
    #: Its key turned out to be stolen before we first saw it: kept, and used for what was settled until then.
    revoked_at: Mapped[datetime | None]

    peer: Mapped[Peer] = relationship(lazy="raise_on_sql")


class PullOutcome(enum.StrEnum):
    """What a pulled document came to; all but the last are those of the protocol."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    #: No document came at all.
    UNREACHABLE = "unreachable"


#: In place of the bytes of a document that was refused long ago.
NOT_KEPT = b""


class Pull(Model):
    """What came of asking a peer for one document, once or several times in a row with the same result.

    ``subject`` is "identity", "reports" (the index), a report as "2026-10/1", "allocation/2026-10", or a report that
    another sister showed us as "twin/2026-10/1"; ``reason`` a stable word of the protocol and ``detail`` where it
    applies. ``document`` keeps what was refused last, and is :data:`NOT_KEPT` where more came since.
    """

    __tablename__ = "pull"
    __table_args__ = (
        Index("ix_pull_peer_id", "peer_id", "last_at"),
        Index("ix_pull_subject", "peer_id", "subject", "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    subject: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[PullOutcome] = word(PullOutcome)
    reason: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
