"""Mandates by which shops let the cooperative debit them, and the files that ask the bank to."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.collection.models import Receipt
from billing.invoice.models import Invoice
from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise

_IN_FORCE = text("revoked_at IS NULL")
_ASKED = text("state = 'sent'")


class Mandate(Model):
    """A SEPA core mandate, with the text that was agreed to. One in force a shop."""

    __tablename__ = "mandate"
    __table_args__ = (
        Index(
            "uq_mandate_in_force",
            "enterprise_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    #: Unique mandate reference, at most 35 characters of the SEPA alphabet.
    reference: Mapped[str] = mapped_column(String(35), unique=True)
    holder: Mapped[str] = mapped_column(String(70))
    iban: Mapped[str] = mapped_column(String(34))
    text: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]
    signed_by: Mapped[str] = mapped_column(String(32))
    #: Day of the last collection asked for.
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(32))

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")


class DebitFile(Model):
    """What the bank was asked to collect on a day: the bytes of the file (pain.008) and their SHA-256."""

    __tablename__ = "debit_file"
    __table_args__ = (CheckConstraint("total > 0", name="total"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(35), unique=True)
    collection_day: Mapped[date]
    count: Mapped[int]
    total: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[str] = mapped_column(String(32))

    lines: Mapped[list["DebitLine"]] = relationship(lazy="raise_on_sql", order_by="DebitLine.id")


class DebitState(enum.StrEnum):
    #: In a file for the bank.
    SENT = "sent"
    #: The bank's statement shows the money.
    COLLECTED = "collected"
    #: Never came: refused by the shop's bank, or the file was not sent.
    REFUSED = "refused"
    #: Came, and was taken back.
    RETURNED = "returned"


TRANSITIONS = {
    DebitState.SENT: {DebitState.COLLECTED, DebitState.REFUSED},
    DebitState.COLLECTED: {DebitState.RETURNED},
    #: Somebody wrote that it was refused, and the bank's statement shows the money all the same.
    DebitState.REFUSED: {DebitState.COLLECTED},
    DebitState.RETURNED: set(),
}


class DebitLine(Model):
    """One invoice in a file. The bank is asked for an invoice by one file at a time, until it answers."""

    __tablename__ = "debit_line"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_debit_line_file_id", "file_id"),
        Index("uq_debit_line_once", "invoice_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("debit_file.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"))
    amount: Mapped[Minor]
    #: By which the bank names it in its statements.
    end_to_end: Mapped[str] = mapped_column(String(35), unique=True)
    state: Mapped[DebitState] = word(DebitState, default=DebitState.SENT)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    #: Day on which it was written down, and the shop was told, that it was refused or taken back.
    ended_on: Mapped[date | None]
    #: Whether the bank's statement says so too, and not only somebody at the cooperative.
    seen_back: Mapped[bool] = mapped_column(default=False)

    invoice: Mapped[Invoice] = relationship(lazy="raise_on_sql")
    mandate: Mapped[Mandate] = relationship(lazy="raise_on_sql")
    receipt: Mapped[Receipt | None] = relationship(lazy="raise_on_sql")
