"""Money that shops paid the cooperative, and which invoices it settles."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.invoice.models import Invoice
from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise


class ReceiptMethod(enum.StrEnum):
    TRANSFER = "transfer"
    CARD = "card"
    SEPA_DEBIT = "sepa-debit"
    CHEQUE = "cheque"
    CASH = "cash"
    OTHER = "other"


#: Money that was asked of a shop by name, so that it cannot be another's.
NAMED = (ReceiptMethod.CARD, ReceiptMethod.SEPA_DEBIT)
#: How sources of money begin that passed through the card provider, direct debits included.
BY_PROVIDER = "stripe:"
#: Money that nobody but us sees arrive: somebody writes it down.
BY_HAND = (ReceiptMethod.CHEQUE, ReceiptMethod.CASH)


class ReceiptState(enum.StrEnum):
    RECEIVED = "received"
    #: The whole of it went back.
    RETURNED = "returned"


class Receipt(Model):
    """Money of one shop, in minor units. ``source`` names where it was seen, so that nothing is counted twice."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("returned >= 0 AND returned <= amount", name="returned"),
        Index("ix_receipt_enterprise_id", "enterprise_id", "received_on"),
        Index("ix_receipt_received_on", "received_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    method: Mapped[ReceiptMethod] = word(ReceiptMethod)
    state: Mapped[ReceiptState] = word(ReceiptState, default=ReceiptState.RECEIVED)
    amount: Mapped[Minor]
    #: What of it went back.
    returned: Mapped[Minor] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(String(3))
    received_on: Mapped[date]
    #: What the payer, the bank or the provider calls it.
    reference: Mapped[str] = mapped_column(String(140), default="")
    source: Mapped[str] = mapped_column(String(120), unique=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(32))

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    settlements: Mapped[list["Settlement"]] = relationship(lazy="raise_on_sql", order_by="Settlement.id")

    @property
    def kept(self) -> int:
        return self.amount - self.returned

    @property
    def is_by_provider(self) -> bool:
        """Whether it passed through the card provider, who says what of it went back."""
        return self.source.startswith(BY_PROVIDER)


class ReceiptReturn(Model):
    """Money of a receipt that went back to the shop, and why. Never changed."""

    __tablename__ = "receipt_return"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), Index("ix_receipt_return_receipt_id", "receipt_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    amount: Mapped[Minor]
    returned_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(120), unique=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(32))


class FailedReturn(Model):
    """A return that did not reach the shop: its money is here again. Once for each return; never changed."""

    __tablename__ = "failed_return"

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("receipt_return.id"), unique=True)
    #: Day on which it was heard of.
    failed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(32))

    went: Mapped[ReceiptReturn] = relationship(lazy="raise_on_sql")


class ReceiptMove(Model):
    """Money that was recorded for the wrong shop, given to the right one. Never changed.

    ``amount`` is what was left of the receipt then, in minor units.
    """

    __tablename__ = "receipt_move"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("from_id <> to_id", name="shops"),
        Index("ix_receipt_move_receipt_id", "receipt_id"),
        Index("ix_receipt_move_from_id", "from_id"),
        Index("ix_receipt_move_to_id", "to_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    amount: Mapped[Minor]
    moved_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(32))

    receipt: Mapped[Receipt] = relationship(lazy="raise_on_sql")
    from_shop: Mapped[Enterprise] = relationship(lazy="raise_on_sql", foreign_keys=[from_id])
    to_shop: Mapped[Enterprise] = relationship(lazy="raise_on_sql", foreign_keys=[to_id])


class Settlement(Model):
    """A part of a receipt that pays an invoice. Never changed: a negative one takes back what an earlier one gave.

    The sum over an invoice is never above what it asks for, nor the sum over a receipt above what of it was kept.
    """

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_settlement_receipt_id", "receipt_id"),
        Index("ix_settlement_invoice_id", "invoice_id"),
        Index("ix_settlement_settled_at", "settled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    amount: Mapped[Minor]
    settled_at: Mapped[datetime]

    receipt: Mapped[Receipt] = relationship(lazy="raise_on_sql", back_populates="settlements")
    invoice: Mapped[Invoice] = relationship(lazy="raise_on_sql")
