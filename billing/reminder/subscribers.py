"""What follows from reminders and refused debits: mails."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from billing.collection import queries as collection
from billing.direct_debit.events import DebitRefused
from billing.direct_debit.services import NOTICE_DAYS
from billing.online_payment.events import OnlinePaymentFailed
from billing.reminder import emails, queries
from billing.reminder.events import InvoiceReminded
from coopcircuits.auth.models import User
from coopcircuits.events import Event, subscriber
from shops.enterprise import queries as enterprises
from shops.permissions import GRANTS, Permission


@subscriber(InvoiceReminded)
def mail_reminder(session: Session, event: Event) -> None:
    """Remind the shop; silent if it paid in the meantime."""
    reminder = queries.reminder(session, event.payload["reminder_id"])
    still_open = collection.open_amount(session, reminder.invoice_id)
    if still_open <= 0:
        return
    for person in _accountants(session, event.payload["enterprise_id"]):
        emails.invoice_late(session, reminder=reminder, still_open=still_open, person=person)


@subscriber(DebitRefused, OnlinePaymentFailed)
def mail_refused_debit(session: Session, event: Event) -> None:
    """Tell the shop that its bank refused a debit; silent if it paid otherwise."""
    number = collection.invoice(session, event.payload["invoice_id"]).number
    invoice = collection.invoice_by_number(session, number)
    still_open = collection.open_amount(session, invoice.id)
    if still_open <= 0:
        return
    again_after = NOTICE_DAYS if event.name == "DebitRefused" else 0
    for person in _accountants(session, invoice.enterprise_id):
        emails.debit_refused(
            session,
            invoice=invoice,
            still_open=still_open,
            person=person,
            key=f"debit-refused:{event.id}",
            again_after=again_after,
        )


def _accountants(session: Session, enterprise_id: int) -> Iterator[User]:
    """Those who get a shop's mails and may see its accounts."""
    for member in enterprises.notified_people(session, enterprise_id=enterprise_id):
        if Permission.VIEW_ACCOUNTS in GRANTS[member.role] and member.user.disabled_at is None:
            yield member.user
