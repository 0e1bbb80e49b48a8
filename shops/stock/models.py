"""Stock: one counter per variant, and the history of every move."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Model, word


class Stock(Model):
    """What is left of a variant. On demand means unlimited: the counter is then left alone."""

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("on_hand >= 0", name="never_negative"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True, autoincrement=False)
    on_hand: Mapped[int] = mapped_column(default=0)
    on_demand: Mapped[bool] = mapped_column(default=False)


class MoveReason(enum.StrEnum):
    COUNTED = "counted"
    IMPORTED = "imported"
    ORDERED = "ordered"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class StockMove(Model):
    """One change of a counter: by how much, to what, why and by whom. Never changed."""

    __tablename__ = "stock_move"
    __table_args__ = (
        Index("ix_stock_move_variant_id", "variant_id", "id"),
        Index("ix_stock_move_order_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    delta: Mapped[int]
    on_hand_after: Mapped[int]
    reason: Mapped[MoveReason] = word(MoveReason)
    #: The order that caused it; a plain number, since orders live on the floor above.
    order_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
