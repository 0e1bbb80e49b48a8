"""Order cycles: a period in which a shop sells a set of products, and the slots in which they are collected."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits import clock
from coopcircuits.db import Model
from shops.delivery.models import DeliveryMethod
from shops.enterprise.models import Enterprise


class CycleState(enum.StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


class OrderCycle(Model):
    """Open from ``opens_at`` included to ``closes_at`` excluded; ``processed_at``: its closing work is done."""

    __tablename__ = "order_cycle"
    __table_args__ = (
        CheckConstraint("closes_at > opens_at", name="order"),
        Index("ix_order_cycle_shop_id", "shop_id", "closes_at"),
        Index("ix_order_cycle_open", "closes_at", "opens_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    name: Mapped[str] = mapped_column(String(120))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    shop: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    slots: Mapped[list["Slot"]] = relationship(
        back_populates="cycle", lazy="raise_on_sql", order_by="Slot.starts_at, Slot.id"
    )

    @property
    def state(self) -> CycleState:
        now = clock.now()
        if now < self.opens_at:
            return CycleState.UPCOMING
        return CycleState.OPEN if now < self.closes_at else CycleState.CLOSED


class CycleFee(Model):
    """A fee that a cycle adds to each of its offers."""

    __tablename__ = "cycle_fee"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("order_cycle.id"), primary_key=True)
    fee_id: Mapped[int] = mapped_column(ForeignKey("fee.id"), primary_key=True)


class Slot(Model):
    """A span in which orders of one cycle are collected at one place. ``taken`` counts live orders."""

    __tablename__ = "slot"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint("taken >= 0 AND (capacity IS NULL OR taken <= capacity)", name="capacity"),
        Index("ix_slot_cycle_id", "cycle_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("order_cycle.id"))
    method_id: Mapped[int] = mapped_column(ForeignKey("delivery_method.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)

    cycle: Mapped[OrderCycle] = relationship(back_populates="slots", lazy="raise_on_sql")
    method: Mapped[DeliveryMethod] = relationship(lazy="raise_on_sql")
