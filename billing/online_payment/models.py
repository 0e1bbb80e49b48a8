"""Invoices paid at the payment provider, on the cooperative's own account."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.collection.models import Receipt
from billing.invoice.models import Invoice
from coopcircuits.db import Minor, Model, word

_UNDER_WAY = text("state IN ('open', 'processing')")


class OnlinePaymentState(enum.StrEnum):
    #: The page at the provider is, or may be, open.
    OPEN = "open"
    #: A direct debit on its way: the bank needs days.
    PROCESSING = "processing"
    PAID = "paid"
    #: The bank refused, or the page was left until its time was over.
    FAILED = "failed"


class OnlinePayment(Model):
    """One attempt to pay an invoice. The provider's key is written before the provider is first called."""

    __tablename__ = "online_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_online_payment_state", "state", "created_at"),
        Index(
            "uq_online_payment_under_way",
            "invoice_id",
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What the provider's pages and messages call it.
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    amount: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[OnlinePaymentState] = word(OnlinePaymentState, default=OnlinePaymentState.OPEN)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    checkout_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    checkout_url: Mapped[str | None] = mapped_column(String(500))
    intent_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(32))
    expires_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship(lazy="raise_on_sql")
    receipt: Mapped[Receipt | None] = relationship(lazy="raise_on_sql")


class StrayPayment(Model):
    """Money at the provider that we cannot place: of no invoice of ours, or not what was asked. A person looks."""

    __tablename__ = "stray_payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    checkout_id: Mapped[str] = mapped_column(String(120), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(120))
    reference: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    #: What is not as it should be: "reference", "amount", "currency".
    why: Mapped[str] = mapped_column(String(80))
    seen_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None] = mapped_column(String(32))
