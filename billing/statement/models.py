"""Statements: one shop's month, every counted cent with its order."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.scheme.models import SchemeKind
from coopcircuits.db import Minor, Model, word
from orders.sale.models import SaleKind
from shops.enterprise.models import Enterprise


class StatementState(enum.StrEnum):
    TO_REVIEW = "to-review"
    APPROVED = "approved"


class Statement(Model):
    """Amounts in minor units. Signs: what the shop owes the cooperative is positive.

    ``net`` is the month's online turnover (``gross`` − ``tax``), which may be negative. ``base`` = max(0, ``net`` +
    ``carried_in``); ``carried_out`` = min(0, ``net`` + ``carried_in``) goes to the next month. ``computed`` is what the
    scheme gives, ``contribution`` = ``computed`` + ``adjusted``, ``total`` = ``contribution`` + ``contribution_tax``.
    """

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "period"),
        CheckConstraint("gross = net + tax", name="turnover"),
        CheckConstraint("contribution = computed + adjusted", name="contribution"),
        CheckConstraint("total = contribution + contribution_tax", name="total"),
        CheckConstraint("contribution >= 0", name="not_negative"),
        Index("ix_statement_period", "period", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    period: Mapped[str] = mapped_column(String(7))
    state: Mapped[StatementState] = word(StatementState, default=StatementState.TO_REVIEW)
    currency: Mapped[str] = mapped_column(String(3))
    #: Orders that became sales in the month, and negative entries counted in it.
    order_count: Mapped[int]
    refund_count: Mapped[int]
    gross: Mapped[Minor]
    tax: Mapped[Minor]
    net: Mapped[Minor]
    carried_in: Mapped[Minor]
    base: Mapped[Minor]
    carried_out: Mapped[Minor]
    scheme: Mapped[SchemeKind] = word(SchemeKind)
    scheme_reason: Mapped[str] = mapped_column(String(300), default="")
    rate_bp: Mapped[int]
    computed: Mapped[Minor]
    adjusted: Mapped[Minor] = mapped_column(default=0)
    contribution: Mapped[Minor]
    contribution_tax_bp: Mapped[int]
    contribution_tax: Mapped[Minor]
    total: Mapped[Minor]
    closed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(32))

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["StatementLine"]] = relationship(lazy="raise_on_sql", order_by="StatementLine.id")
    adjustments: Mapped[list["Adjustment"]] = relationship(lazy="raise_on_sql", order_by="Adjustment.id")


class StatementLine(Model):
    """One counted entry of the sales ledger; an entry is counted at most once."""

    __tablename__ = "statement_line"
    __table_args__ = (Index("ix_statement_line_statement_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    sale_entry_id: Mapped[int] = mapped_column(ForeignKey("sale_entry.id"), unique=True)
    order_reference: Mapped[str] = mapped_column(String(12))
    kind: Mapped[SaleKind] = word(SaleKind)
    at: Mapped[datetime]
    gross: Mapped[Minor]
    tax: Mapped[Minor]
    net: Mapped[Minor]


class Adjustment(Model):
    """A decision of the cooperative on one statement, with its reason. Never changed."""

    __tablename__ = "adjustment"
    __table_args__ = (Index("ix_adjustment_statement_id", "statement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    amount: Mapped[Minor]
    reason: Mapped[str] = mapped_column(String(300))
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]
