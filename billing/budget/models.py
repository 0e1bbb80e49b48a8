"""What the cooperative means to spend in a year."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.cost.models import CostCategory
from coopcircuits.db import Minor, Model, word


class BudgetLine(Model):
    """One category of one year: money, ex tax, in minor units of the cooperative's currency."""

    __tablename__ = "budget_line"
    __table_args__ = (UniqueConstraint("year", "category"), CheckConstraint("amount >= 0", name="amount"))

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    category: Mapped[CostCategory] = word(CostCategory)
    amount: Mapped[Minor]
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]
