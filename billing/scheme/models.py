"""Contribution schemes: what each shop has chosen to pay the cooperative, by month."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise


class SchemeKind(enum.StrEnum):
    #: A percentage of the month's online turnover.
    PERCENT = "percent"
    #: An amount the shop chooses; zero is valid.
    VOLUNTARY = "voluntary"
    #: Nothing, for a written reason.
    EXEMPT = "exempt"


class ContributionTerms(Model):
    """The cooperative's rates from a month on, in basis points (1 % is 100)."""

    __tablename__ = "contribution_terms"
    __table_args__ = (CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[str] = mapped_column(String(7), unique=True)
    rate_bp: Mapped[int]
    #: Tax on the contribution itself.
    tax_rate_bp: Mapped[int]
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]


class ContributionScheme(Model):
    """A shop's scheme from a month on, until its next one. ``amount`` (minor units, ex tax) is for ``voluntary``."""

    __tablename__ = "contribution_scheme"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "valid_from"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    kind: Mapped[SchemeKind] = word(SchemeKind)
    valid_from: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Minor] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(300), default="")
    chosen_by: Mapped[str] = mapped_column(String(32))
    chosen_at: Mapped[datetime]

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
