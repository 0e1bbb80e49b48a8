"""Mails about invoices that are late, and about debits that did not come."""

from typing import Any

from sqlalchemy.orm import Session

from billing.collection.transfer import transfer_for
from billing.invoice.models import Invoice
from billing.reminder.models import Reminder
from coopcircuits.auth.models import User
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail

#: What each step says first; the last one is said again by those after it.
_SUBJECTS = (
    N_("Invoice %(number)s is waiting for your payment"),
    N_("Invoice %(number)s is still waiting for your payment"),
    N_("Invoice %(number)s: please get in touch with us"),
)


def invoice_late(session: Session, *, reminder: Reminder, still_open: int, person: User) -> None:
    """One mail a person and step; ``invoice`` and its shop must be loaded."""
    invoice = reminder.invoice
    mail.queue(
        session,
        key=f"reminder:{reminder.id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/invoice_late",
        subject=_SUBJECTS[min(reminder.step, len(_SUBJECTS)) - 1],
        number=invoice.number,
        step=reminder.step,
        **_how_to_pay(session, invoice, still_open, person),
    )


def debit_refused(
    session: Session, *, invoice: Invoice, still_open: int, person: User, key: str, again_after: int
) -> None:
    """A direct debit did not come; it also announces the next attempt, ``again_after`` days later at the earliest."""
    mail.queue(
        session,
        key=f"{key}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/debit_refused",
        subject=N_("The direct debit of invoice %(number)s did not go through"),
        number=invoice.number,
        again_after=again_after,
        **_how_to_pay(session, invoice, still_open, person),
    )


def _how_to_pay(session: Session, invoice: Invoice, still_open: int, person: User) -> dict[str, Any]:
    shop, home = invoice.enterprise, cooperative.cooperative(session)
    return {
        "name": person.name,
        "shop": shop.name,
        "due_on": invoice.due_on,
        "amount": still_open,
        "currency": invoice.currency,
        "transfer": transfer_for(home, reference=invoice.number, amount=still_open, currency=invoice.currency),
        "link": link_to("invoice.show_own", shop=shop.permalink, number=invoice.number),
    }
