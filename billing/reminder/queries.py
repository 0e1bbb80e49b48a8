"""Reading when shops are reminded, and what they were reminded of."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from billing.invoice.models import Invoice
from billing.reminder.models import Reminder, ReminderTerms
from coopcircuits.errors import NotFound

#: Days after the due date at which every instance starts to remind.
USUAL_DAYS = (7, 21, 45)


def terms(session: Session) -> Sequence[ReminderTerms]:
    """Everything that was decided about reminders, what is valid last first."""
    return session.scalars(select(ReminderTerms).order_by(ReminderTerms.valid_from.desc())).all()


def days_for(known: Sequence[ReminderTerms], due_on: date) -> tuple[int, ...]:
    """At how many days of delay the shop of an invoice due on a day is reminded, step by step, by known terms."""
    found = next((each for each in known if each.valid_from <= due_on), None)
    return USUAL_DAYS if found is None else tuple(int(days) for days in found.days)


def steps_taken(session: Session, invoice_ids: Iterable[int]) -> dict[int, int]:
    """The last step that each of these invoices was reminded with."""
    rows = session.execute(
        select(Reminder.invoice_id, func.max(Reminder.step))
        .where(Reminder.invoice_id.in_(list(invoice_ids)))
        .group_by(Reminder.invoice_id)
    )
    return {invoice_id: int(step) for invoice_id, step in rows}


def reminder(session: Session, reminder_id: int) -> Reminder:
    """A reminder with its invoice and shop; raises :class:`NotFound`."""
    found = session.scalar(
        select(Reminder)
        .where(Reminder.id == reminder_id)
        .options(joinedload(Reminder.invoice).joinedload(Invoice.enterprise))
    )
    if found is None:
        raise NotFound
    return found
