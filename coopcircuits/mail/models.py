"""The mail outbox: what people are told, once each."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model, word


class MailState(enum.StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Mail(Model):
    """One message to one person; ``key`` ("order-placed:12") makes a second identical one impossible."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    reply_to: Mapped[str | None] = mapped_column(String(254))
    sender_name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    #: Names of the files that travel with it, see :mod:`coopcircuits.mail.attachments`.
    attached: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    state: Mapped[MailState] = word(MailState, default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
