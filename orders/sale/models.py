"""The sales ledger: every change of what shoppers owe a shop, in the month in which it happened."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model, word


class SaleKind(enum.StrEnum):
    #: The order became a sale.
    SALE = "sale"
    #: Quantities went up or down afterwards.
    CHANGE = "change"
    CANCELLATION = "cancellation"
    #: Money given back without a change of quantities.
    REFUND = "refund"


class SaleEntry(Model):
    """One signed difference: positive when the shopper owes more, negative when less. Never changed, never deleted.

    Last month's figures can therefore not move: an order of October cancelled in November is a negative entry of
    November. Amounts are minor units, ``gross`` = ``net`` + ``tax``, deposits excluded from all three; ``month``
    (``YYYY-MM``) is the civil month of ``at`` in the shop's zone. ``taxes`` splits net and tax by rate:
    ``{"550": [net, tax]}``.
    """

    __tablename__ = "sale_entry"
    __table_args__ = (
        Index("ix_sale_entry_turnover", "month", "online", "shop_id"),
        Index("ix_sale_entry_order_id", "order_id"),
        Index("ix_sale_entry_shop_id", "shop_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    kind: Mapped[SaleKind] = word(SaleKind)
    at: Mapped[datetime]
    month: Mapped[str] = mapped_column(String(7))
    online: Mapped[bool]
    currency: Mapped[str] = mapped_column(String(3))
    gross: Mapped[Minor]
    net: Mapped[Minor]
    tax: Mapped[Minor]
    deposits: Mapped[Minor] = mapped_column(default=0)
    taxes: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(200), default="")
    actor: Mapped[str] = mapped_column(String(32))
