"""What running the instance costs, and its part in the common software."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model, word


class CostCategory(enum.StrEnum):
    """The categories of the signed report."""

    HOSTING = "hosting"
    PAYMENT_FEES = "payment_fees"
    SUPPORT = "support"
    DEVELOPMENT = "development"
    PRODUCT = "product"
    TESTING = "testing"
    DESIGN = "design"
    TRANSLATION = "translation"
    SECURITY = "security"
    COORDINATION = "coordination"
    LEGAL = "legal"
    TOOLS = "tools"
    TRAVEL = "travel"
    OTHER = "other"


class CostScope(enum.StrEnum):
    LOCAL = "local"
    #: For the software that sister instances share.
    COMMON = "common"


class CostKind(enum.StrEnum):
    CASH = "cash"
    #: Work given: counted in minutes and in what it would have cost.
    IN_KIND = "in_kind"


class Cost(Model):
    """One cost of one month, ex tax, in minor units of the cooperative's currency."""

    __tablename__ = "cost"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"), Index("ix_cost_period", "period"))

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    category: Mapped[CostCategory] = word(CostCategory)
    scope: Mapped[CostScope] = word(CostScope)
    kind: Mapped[CostKind] = word(CostKind)
    label: Mapped[str] = mapped_column(String(160))
    amount: Mapped[Minor]
    tax: Mapped[Minor] = mapped_column(default=0)
    minutes: Mapped[int] = mapped_column(default=0)
    spent_on: Mapped[date]
    entered_by: Mapped[str] = mapped_column(String(32))
    entered_at: Mapped[datetime]
