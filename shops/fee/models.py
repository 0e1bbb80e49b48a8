"""Enterprise fees: what a shop adds to the producer's price, shown to the shopper by name."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model, word


class FeeKind(enum.StrEnum):
    PACKING = "packing"
    TRANSPORT = "transport"
    ADMIN = "admin"
    SALES = "sales"
    FUNDRAISING = "fundraising"


class Calculator(enum.StrEnum):
    """Per-item calculators, counted once per unit sold."""

    PERCENT_PER_ITEM = "percent-per-item"
    FLAT_PER_ITEM = "flat-per-item"


class Fee(Model):
    """One fee of one enterprise, taxed as the product it is added to."""

    __tablename__ = "fee"
    __table_args__ = (CheckConstraint("value >= 0", name="value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[FeeKind] = word(FeeKind)
    calculator: Mapped[Calculator] = word(Calculator)
    #: Basis points for a percentage, minor units for a flat amount.
    value: Mapped[Minor]
    deleted_at: Mapped[datetime | None]
