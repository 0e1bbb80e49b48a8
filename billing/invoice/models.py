"""What the cooperative asks of its shops on paper: invoices, credit notes, notices of gifts. Never changed."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.statement.models import Statement
from coopcircuits.db import Minor, Model, word
from shops.enterprise.models import Enterprise


class InvoiceKind(enum.StrEnum):
    INVOICE = "invoice"
    #: Takes off all or a part of the document that it corrects.
    CREDIT_NOTE = "credit-note"
    #: Asks for a contribution given without counterpart: no sale, no VAT, no invoice in the eyes of the law.
    GIFT = "gift"


_FIRST = text("corrects_id IS NULL")
_CORRECTS = text("corrects_id IS NOT NULL")


class Invoice(Model):
    """A document as it was sent. Amounts are positive minor units; ``kind`` says whether they are owed or taken off.

    ``snapshot`` is all that was printed; ``pdf`` the file itself and ``sha256`` its digest. ``seal`` chains the
    documents of a series: SHA-256 over this row and the seal before it.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("series", "sequence"),
        CheckConstraint("total = net + tax", name="total"),
        CheckConstraint("net > 0 AND tax >= 0", name="positive"),
        CheckConstraint("(kind = 'credit-note') = (corrects_id IS NOT NULL)", name="corrects"),
        Index("ix_invoice_statement", "statement_id", unique=True, sqlite_where=_FIRST, postgresql_where=_FIRST),
        Index("ix_invoice_enterprise", "enterprise_id", "issued_on"),
        Index("ix_invoice_corrects_id", "corrects_id", sqlite_where=_CORRECTS, postgresql_where=_CORRECTS),
        Index("ix_invoice_issued_on", "issued_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[InvoiceKind] = word(InvoiceKind)
    #: "F2026-0001": series and sequence.
    number: Mapped[str] = mapped_column(String(24), unique=True)
    series: Mapped[str] = mapped_column(String(12))
    sequence: Mapped[int]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    #: Days of the cooperative's zone.
    issued_on: Mapped[date]
    due_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[Minor]
    tax: Mapped[Minor]
    total: Mapped[Minor]
    #: Why a credit note was issued; empty on others.
    reason: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(8))
    snapshot: Mapped[dict[str, Any]]
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    statement: Mapped[Statement] = relationship(lazy="raise_on_sql")
    corrects: Mapped["Invoice | None"] = relationship(lazy="raise_on_sql", remote_side=[id])

    @property
    def is_credit_note(self) -> bool:
        return self.kind is InvoiceKind.CREDIT_NOTE


class UnwrittenDocument(Model):
    """A statement whose document could not be made when it was last tried: a full disk, a program that fails.

    Gone as soon as the document is issued.
    """

    __tablename__ = "unwritten_document"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    #: What the machine said, for whoever looks after it.
    cause: Mapped[str] = mapped_column(String(500))
    attempts: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]

    statement: Mapped[Statement] = relationship(lazy="raise_on_sql")


class InvoiceRun(Model):
    """An order to invoice every approved statement of a month; the worker carries it out, one by one."""

    __tablename__ = "invoice_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(32))
    #: Statements that could be invoiced when it was asked for.
    wanted: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    #: Statements are taken in the order of their ids; those refused wait for the next order.
    upto_statement_id: Mapped[int]
    finished_at: Mapped[datetime | None]
