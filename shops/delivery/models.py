"""Where and when shoppers collect."""

import enum
from datetime import datetime, time

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, Text, Time
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word


class DeliveryKind(enum.StrEnum):
    PICKUP = "pickup"


class DeliveryMethod(Model):
    """A pickup point of a shop; its weekly hours become slots in each order cycle. ``fee`` is tax-included."""

    __tablename__ = "delivery_method"
    __table_args__ = (CheckConstraint("fee >= 0", name="fee"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    kind: Mapped[DeliveryKind] = word(DeliveryKind, default=DeliveryKind.PICKUP)
    name: Mapped[str] = mapped_column(String(120))
    street: Mapped[str] = mapped_column(String(160), default="")
    postcode: Mapped[str] = mapped_column(String(12))
    city: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    instructions: Mapped[str] = mapped_column(Text, default="")
    fee: Mapped[Minor] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]

    hours: Mapped[list["OpeningHours"]] = relationship(
        back_populates="method", lazy="raise_on_sql", order_by="OpeningHours.weekday, OpeningHours.starts"
    )


class OpeningHours(Model):
    """A weekly span on the shop's wall clock; ``weekday`` 0 is Monday; no ``capacity`` means no limit of orders."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("ends > starts", name="order"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    method_id: Mapped[int] = mapped_column(ForeignKey("delivery_method.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    capacity: Mapped[int | None]

    method: Mapped[DeliveryMethod] = relationship(back_populates="hours", lazy="raise_on_sql")
