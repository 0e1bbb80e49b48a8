"""Money from shoppers to shops. The cooperative never holds it."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from orders.order.models import Order
from shops.payment_method.models import PaymentKind


class PaymentState(enum.StrEnum):
    #: Expected: the card page is open, or the shop has not yet received the money.
    PENDING = "pending"
    PAID = "paid"
    #: Abandoned or declined for good; nothing was charged.
    CANCELLED = "cancelled"


class Payment(Model):
    """One attempt to pay an order. The provider's key is written before the provider is first called."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_payment_order_id", "order_id"),
        Index("ix_payment_state", "state", "kind", "created_at"),
        Index("ix_payment_shop_id", "shop_id", "state"),
        Index(
            "uq_payment_one_charge",
            "order_id",
            unique=True,
            sqlite_where=text("kind = 'card' AND state = 'paid'"),
            postgresql_where=text("kind = 'card' AND state = 'paid'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    #: The order's: what a shop waits for is found without looking through everybody's orders.
    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    kind: Mapped[PaymentKind] = word(PaymentKind)
    state: Mapped[PaymentState] = word(PaymentState, default=PaymentState.PENDING)
    amount: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    #: Connected account, hosted page and payment at the provider; empty for other kinds than card.
    account: Mapped[str | None] = mapped_column(String(120))
    checkout_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    checkout_url: Mapped[str | None] = mapped_column(String(500))
    intent_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]
    #: When the hosted page stops accepting the card and the held stock goes back.
    expires_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(lazy="raise_on_sql")


class RefundState(enum.StrEnum):
    REQUESTED = "requested"
    DONE = "done"
    #: The provider could not; the money is still with the shop, which has to look at it.
    FAILED = "failed"
    #: It failed, and the money went back, or goes back, in another way.
    SUPERSEDED = "superseded"


#: Money that is no longer the shop's to keep.
GIVEN_BACK = (RefundState.REQUESTED, RefundState.DONE)


class Refund(Model):
    """Money to give back of a payment: by card through the provider, otherwise by the shop's own hand."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_refund_payment_id", "payment_id"),
        Index("ix_refund_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    amount: Mapped[Minor]
    state: Mapped[RefundState] = word(RefundState, default=RefundState.REQUESTED)
    reason: Mapped[str] = mapped_column(String(200))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    provider_refund: Mapped[str | None] = mapped_column(String(120))
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(300), default="")

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
