"""What shops under the margin scheme bought in a month, as they say themselves."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model


class PurchaseDeclaration(Model):
    """A month's purchases for online sales, minor units ex tax; said anew as often as needed until the month closes."""

    __tablename__ = "purchase_declaration"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "period"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    period: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Minor]
    declared_by: Mapped[str] = mapped_column(String(32))
    declared_at: Mapped[datetime]
