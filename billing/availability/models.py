"""What probes found: a row a day and a row an outage, however often they look."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from billing.availability.outage import Cause
from coopcircuits.db import Model, word


class Watch(Model):
    """The state between two probes; there is one while probing goes on."""

    __tablename__ = "watch"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    #: Milliseconds of the latest answers.
    answers: Mapped[list[Any]]
    down_since: Mapped[datetime | None]
    cause: Mapped[Cause | None] = word(Cause, nullable=True)


class ProbedDay(Model):
    """How often it was looked on a civil day of the cooperative's zone."""

    __tablename__ = "probed_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    probes: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


class Outage(Model):
    """A time in which people could not shop, once it is over."""

    __tablename__ = "outage"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"), Index("ix_outage_ends_at", "ends_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cause: Mapped[Cause] = word(Cause)
