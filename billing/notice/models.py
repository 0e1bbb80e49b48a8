"""Notices between instances: those that wait to be sent, and what is remembered of those that came."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model


class WaitingNotice(Model):
    """A sister is to be told that we published something."""

    __tablename__ = "waiting_notice"
    __table_args__ = (UniqueConstraint("peer_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    digest: Mapped[str] = mapped_column(String(71))
    made_at: Mapped[datetime]


class NoticeNonce(Model):
    """A notice that was accepted must not come again."""

    __tablename__ = "notice_nonce"
    __table_args__ = (UniqueConstraint("peer_id", "nonce"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    peer_id: Mapped[int] = mapped_column(ForeignKey("peer.id"))
    nonce: Mapped[str] = mapped_column(String(64))
    kept_until: Mapped[datetime]
