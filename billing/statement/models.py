"""Closed months and their statements: one shop's month, whose every cent leads back to the sales ledger."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.scheme.models import SchemeKind, VatTreatment
from billing.statement.errors import StatementChanged
from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise


class Closing(Model):
    """A month being closed, or closed since ``finished_at``; it fixes what the month counts.

    A month counts its own online entries of the sales ledger up to ``upto_entry_id``, and those of earlier months
    written after ``after_entry_id``, the end of the closing before. Ledger rows never change, so the statements of a
    closing are always the same, whoever computes them and whenever.
    """

    __tablename__ = "closing"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7), unique=True)
    after_entry_id: Mapped[int | None]
    upto_entry_id: Mapped[int]
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(32))
    finished_at: Mapped[datetime | None]


class StatementState(enum.StrEnum):
    TO_REVIEW = "to-review"
    APPROVED = "approved"
    INVOICED = "invoiced"


TRANSITIONS: dict[StatementState, set[StatementState]] = {
    StatementState.TO_REVIEW: {StatementState.APPROVED},
    #: Undone until the statement is invoiced.
    StatementState.APPROVED: {StatementState.TO_REVIEW, StatementState.INVOICED},
    #: From here on only a credit note puts things right.
    StatementState.INVOICED: set(),
}


class Statement(Model):
    """Amounts in minor units. Signs: what the shop owes the cooperative is positive.

    ``net`` is the month's online turnover (``gross`` − ``tax``), which may be negative. ``base`` = max(0, ``net`` +
    ``carried_in``); ``carried_out`` = min(0, ``net`` + ``carried_in``) goes to the next statement. ``computed`` is what
    the scheme gives: ``rate_bp`` of ``rated`` (of ``base``) within ``minimum`` and ``cap``; or the amount chosen.
    ``contribution`` = ``computed`` + ``adjusted``, ``total`` = ``contribution`` + ``contribution_tax``. ``purchases``
    are those declared under ``margin``; without a declaration the month is rated as ``percent``.
    """

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "period"),
        CheckConstraint("gross = net + tax", name="turnover"),
        CheckConstraint("base + carried_out = net + carried_in", name="carry"),
        CheckConstraint("contribution = computed + adjusted", name="contribution"),
        CheckConstraint("total = contribution + contribution_tax", name="total"),
        CheckConstraint("contribution >= 0", name="not_negative"),
        CheckConstraint("rated BETWEEN 0 AND base", name="rated"),
        CheckConstraint("vat <> 'gift' OR contribution_tax = 0", name="gift"),
        CheckConstraint("state <> 'invoiced' OR total > 0", name="invoiced"),
        Index("ix_statement_period", "period", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    period: Mapped[str] = mapped_column(String(7))
    state: Mapped[StatementState] = word(StatementState, default=StatementState.TO_REVIEW)
    #: Raised by every decision, so that two reviewers never work on different figures unknowingly.
    version: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3))
    #: Orders that became sales, negative entries, and entries of earlier months that came after their closing.
    order_count: Mapped[int]
    refund_count: Mapped[int]
    late_count: Mapped[int]
    gross: Mapped[Minor]
    tax: Mapped[Minor]
    net: Mapped[Minor]
    carried_in: Mapped[Minor]
    base: Mapped[Minor]
    carried_out: Mapped[Minor]
    scheme: Mapped[SchemeKind] = word(SchemeKind)
    scheme_reason: Mapped[str] = mapped_column(String(300), default="")
    purchases: Mapped[Minor | None]
    rated: Mapped[Minor]
    rate_bp: Mapped[int]
    minimum: Mapped[Minor]
    #: 0 where there was none.
    cap: Mapped[Minor]
    computed: Mapped[Minor]
    adjusted: Mapped[Minor] = mapped_column(default=0)
    contribution: Mapped[Minor]
    vat: Mapped[VatTreatment] = word(VatTreatment)
    contribution_tax_bp: Mapped[int]
    contribution_tax: Mapped[Minor]
    total: Mapped[Minor]
    closed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(32))

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    adjustments: Mapped[list["Adjustment"]] = relationship(lazy="raise_on_sql", order_by="Adjustment.id")

    @property
    def is_approved(self) -> bool:
        """Checked by the cooperative; perhaps invoiced since."""
        return self.state is not StatementState.TO_REVIEW

    @property
    def is_invoiced(self) -> bool:
        return self.state is StatementState.INVOICED

    @property
    def is_provisional(self) -> bool:
        """The month so far, worked out on the spot and kept nowhere."""
        return self.id is None

    def move_to(self, state: StatementState) -> None:
        """Change state along :data:`TRANSITIONS`, or raise :class:`StatementChanged`."""
        if state not in TRANSITIONS[self.state]:
            raise StatementChanged
        self.state = state
        self.version += 1


class Adjustment(Model):
    """A decision of the cooperative on one statement, with its reason. Never changed."""

    __tablename__ = "adjustment"
    __table_args__ = (Index("ix_adjustment_statement_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    #: Ex tax; negative when the shop pays less.
    amount: Mapped[Minor]
    reason: Mapped[str] = mapped_column(String(300))
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]
