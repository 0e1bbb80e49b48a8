"""Remind shops of invoices that are late, one step at a time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.collection import queries as collection
from billing.direct_debit import queries as debits
from billing.online_payment import queries as online
from billing.reminder import queries
from billing.reminder.events import InvoiceReminded, ReminderTermsDecided
from billing.reminder.models import Reminder, ReminderTerms
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotAllowed
from coopcircuits.i18n import N_


def due(session: Session, *, day: date, enterprise_id: int | None = None) -> list[tuple[int, int]]:
    """Invoices to remind of on a day, of one shop or of all, with the step: the last one reached, if it was not taken.

    A shop is not reminded of what is being collected.
    """
    late = collection.overdue(session, day=day, enterprise_id=enterprise_id)
    ids = [found.invoice.id for found in late]
    taken, collected = queries.steps_taken(session, ids), debits.in_files(session, ids)
    terms, wanted = queries.terms(session), []
    for found in late:
        steps = queries.days_for(terms, found.invoice.due_on)
        reached = sum(days <= found.days_late(day) for days in steps)
        if reached > taken.get(found.invoice.id, 0) and found.invoice.id not in collected:
            wanted.append((found.invoice.id, reached))
    return wanted


def remind(session: Session, *, actor: Actor, invoice_id: int, day: date) -> Reminder | None:
    """Take the step that an invoice has reached, once; nothing if it was paid or reminded meanwhile."""
    invoice = collection.invoice(session, invoice_id)
    collection.lock_account(session, invoice.enterprise_id)
    step = dict(due(session, day=day, enterprise_id=invoice.enterprise_id)).get(invoice_id)
    if step is None or online.is_debit_under_way(session, invoice_id=invoice_id):
        return None
    reminder = Reminder(
        invoice_id=invoice_id,
        step=step,
        amount=collection.open_amount(session, invoice_id),
        sent_at=clock.now(),
    )
    session.add(reminder)
    session.flush()
    fact = InvoiceReminded(
        invoice_id=invoice_id, reminder_id=reminder.id, enterprise_id=invoice.enterprise_id, step=step
    )
    events.record(session, fact, actor=actor)
    return reminder


def set_terms(session: Session, *, actor: Actor, days: Sequence[int], valid_from: date) -> ReminderTerms:
    """Decide after how many days shops are reminded, for invoices due from a day on; again, it is replaced.

    Raises :class:`NotAllowed` for others than the cooperative, :class:`InvalidInput` for days that do not rise.
    """
    if not actor.is_cooperative:
        raise NotAllowed
    if any(not 0 < each <= 365 for each in days) or list(days) != sorted(set(days)) or len(days) > 6:
        raise InvalidInput(N_("Write up to six whole numbers that rise, such as 7, 21, 45."), field="days")
    terms = session.scalar(select(ReminderTerms).where(ReminderTerms.valid_from == valid_from))
    if terms is None:
        terms = ReminderTerms(valid_from=valid_from)
        session.add(terms)
    terms.days, terms.decided_by, terms.decided_at = list(days), actor.label, clock.now()
    session.flush()
    fact = ReminderTermsDecided(terms_id=terms.id, valid_from=str(valid_from), days=list(days))
    events.record(session, fact, actor=actor)
    return terms
