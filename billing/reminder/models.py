"""Reminders of invoices that are late: when they go out, and which did."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.invoice.models import Invoice
from coopcircuits.db import Minor, Model


class ReminderTerms(Model):
    """How many days after the due date a shop is reminded, step by step, for invoices due from a day on."""

    __tablename__ = "reminder_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(unique=True)
    #: Whole numbers, rising: [7, 21, 45]. Empty: nobody is reminded.
    days: Mapped[list[Any]]
    decided_by: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[datetime]


class Reminder(Model):
    """One step of one invoice, with what was still open then."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("invoice_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    #: 1 for the first.
    step: Mapped[int]
    amount: Mapped[Minor]
    sent_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship(lazy="raise_on_sql")
