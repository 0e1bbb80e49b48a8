"""What this instance publishes for its sisters."""

import enum
from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
    #: Its key was stolen, and a later revision stands for it since then: no longer listed, and never changed.
    revoked_at: Mapped[datetime | None]
