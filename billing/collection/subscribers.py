"""What invoices and credit notes change for the money that is there."""

from sqlalchemy.orm import Session

from billing.collection import queries, services
from billing.invoice.events import CreditNoteIssued, InvoiceIssued
from coopcircuits.events import Event, subscriber


@subscriber(InvoiceIssued, CreditNoteIssued, at_once=True)
def use_credit(session: Session, event: Event) -> None:
    """A shop's credit pays its new invoice; what a credit note takes off a paid one becomes credit.

    At once, so that nobody is asked for money that is already there. A shop that never paid anything is left alone.
    """
    enterprise_id = event.payload["enterprise_id"]
    queries.lock_account(session, enterprise_id)  # its first payment may be on its way
    if queries.has_paid(session, enterprise_id=enterprise_id):
        services.settle_account(session, enterprise_id=enterprise_id)
