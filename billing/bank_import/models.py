"""Statements of the cooperative's bank account, and what each of their lines was found to be."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.collection.models import Receipt
from coopcircuits.db import Minor, Model, word


class BankFile(Model):
    """A file of the bank (camt.053) as it came; waits for its confirmation until ``confirmed_at``."""

    __tablename__ = "bank_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str] = mapped_column(String(32))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(32))


class BankLineState(enum.StrEnum):
    #: Money of a shop, or money that went back to one, is recorded.
    RECORDED = "recorded"
    #: Somebody has to say whose it is.
    WAITING = "waiting"
    #: Nothing to do with contributions.
    SET_ASIDE = "set-aside"


class BankLine(Model):
    """One movement of the account. ``amount`` in minor units: what came in is positive, what went out negative.

    ``key`` is the bank's own reference of the movement, digested with its account, day and amount.
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_bank_line_file_id", "file_id"),
        Index("ix_bank_line_state", "state", "booked_on"),
        Index("ix_bank_line_iban", "iban"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_file.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[BankLineState] = word(BankLineState)
    booked_on: Mapped[date]
    amount: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    #: The other side: name and account, where the bank says them.
    name: Mapped[str] = mapped_column(String(140), default="")
    iban: Mapped[str] = mapped_column(String(34), default="")
    text: Mapped[str] = mapped_column(String(500), default="")
    bank_reference: Mapped[str] = mapped_column(String(80), default="")
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(32))

    receipt: Mapped[Receipt | None] = relationship(lazy="raise_on_sql")
