"""The audit trail, the deliveries it causes, and the periodic jobs' diary."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model, word


class Event(Model):
    """Something that happened: past tense, ids and amounts, no personal data. Never changed."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_dispatched_at", "dispatched_at"),
        Index("ix_event_subject", "subject_type", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(32))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    payload: Mapped[dict[str, Any]]
    dispatched_at: Mapped[datetime | None]


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: Gave up after many attempts; the administrator sees it and may start it again.
    FAILED = "failed"


class Delivery(Model):
    """One event on its way to one subscriber."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("event_id", "subscriber"), Index("ix_delivery_due", "state", "next_attempt_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    subscriber: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeliveryState] = word(DeliveryState, default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


class JobRun(Model):
    """When a periodic job last ran, what it said, and what stopped it if something did."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    said: Mapped[str | None] = mapped_column(String(500))
    last_error: Mapped[str | None] = mapped_column(Text)
