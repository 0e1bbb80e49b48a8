"""Orders: what one person buys from one shop in one cycle."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from orders.errors import WrongState
from orders.order_cycle.models import OrderCycle
from shops.customer.models import Customer
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind


class OrderState(enum.StrEnum):
    #: Stock and slot are held while the shopper pays by card.
    AWAITING_PAYMENT = "awaiting-payment"
    PLACED = "placed"
    COLLECTED = "collected"
    CANCELLED = "cancelled"


TRANSITIONS = {
    OrderState.AWAITING_PAYMENT: {OrderState.PLACED, OrderState.CANCELLED},
    OrderState.PLACED: {OrderState.COLLECTED, OrderState.CANCELLED},
    OrderState.COLLECTED: {OrderState.PLACED},
    OrderState.CANCELLED: set[OrderState](),
}


class Origin(enum.StrEnum):
    ONLINE = "online"
    #: Typed in by the shop's staff: not part of its online turnover.
    STAFF = "staff"


class Order(Model):
    """Amounts are minor units, tax included unless named otherwise; names and addresses are snapshots.

    ``total`` = ``items_total`` + ``delivery_fee``; ``tax_total`` is the tax inside ``total``, see
    :func:`orders.order.amounts.work_out`.
    """

    __tablename__ = "order"
    __table_args__ = (
        CheckConstraint("total = items_total + delivery_fee", name="total"),
        Index("ix_order_shop_id", "shop_id", "id"),
        Index("ix_order_shop_state", "shop_id", "state"),
        Index("ix_order_shop_placed", "shop_id", "placed_at"),
        Index("ix_order_cycle_id", "cycle_id"),
        Index("ix_order_customer_id", "customer_id"),
        Index("ix_order_user_id", "user_id"),
        Index("ix_order_state", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    #: Part of the link by which its shopper reaches it without signing in.
    link_secret: Mapped[str] = mapped_column(String(64))
    #: The cart's key: a second submission of the same basket finds this order instead of making another.
    checkout_key: Mapped[str] = mapped_column(String(64), unique=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    cycle_id: Mapped[int] = mapped_column(ForeignKey("order_cycle.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[OrderState] = word(OrderState)
    origin: Mapped[Origin] = word(Origin)
    language: Mapped[str] = mapped_column(String(8))
    currency: Mapped[str] = mapped_column(String(3))
    customer_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    pickup_name: Mapped[str] = mapped_column(String(120))
    pickup_address: Mapped[str] = mapped_column(String(300))
    pickup_from: Mapped[datetime]
    pickup_until: Mapped[datetime]
    payment_kind: Mapped[PaymentKind] = word(PaymentKind)
    items_total: Mapped[Minor]
    delivery_fee: Mapped[Minor]
    total: Mapped[Minor]
    tax_total: Mapped[Minor]
    created_at: Mapped[datetime]
    #: When it became a sale: at once, or when the card was charged.
    placed_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(200), default="")

    shop: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    cycle: Mapped[OrderCycle] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", lazy="raise_on_sql", order_by="OrderLine.id"
    )

    def move_to(self, state: OrderState) -> None:
        """Change state along :data:`TRANSITIONS`, or raise :class:`WrongState`."""
        if state not in TRANSITIONS[self.state]:
            raise WrongState
        self.state = state


class OrderLine(Model):
    """A snapshot of what was bought. ``total`` = ``quantity`` × ``unit_price``; ``tax`` is inside it.

    A quantity lowered to 0 stays as a line, so that the history can be read.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("total = quantity * unit_price", name="total"),
        Index("ix_order_line_order_id", "order_id"),
        Index("ix_order_line_variant_id", "variant_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    product_name: Mapped[str] = mapped_column(String(120))
    variant_name: Mapped[str] = mapped_column(String(120))
    producer_name: Mapped[str] = mapped_column(String(120))
    drawing: Mapped[str] = mapped_column(String(40))
    unit_kind: Mapped[str] = mapped_column(String(32))
    unit_value: Mapped[int]
    unit_name: Mapped[str] = mapped_column(String(40))
    base_price: Mapped[Minor]
    fees: Mapped[list[Any]]
    unit_price: Mapped[Minor]
    tax_rate_bp: Mapped[int]
    quantity: Mapped[int]
    total: Mapped[Minor]
    tax: Mapped[Minor]

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise_on_sql")
