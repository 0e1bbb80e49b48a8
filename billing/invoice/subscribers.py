"""What follows from issuing: a mail with the file."""

from sqlalchemy.orm import Session

from billing.invoice import emails, queries
from billing.invoice.events import CreditNoteIssued, InvoiceIssued
from coopcircuits.events import Event, subscriber
from coopcircuits.mail import attachments
from shops.enterprise import queries as enterprises
from shops.permissions import GRANTS, Permission

attachments.source("invoice")(queries.pdf_of)


@subscriber(InvoiceIssued, CreditNoteIssued)
def mail_document(session: Session, event: Event) -> None:
    """Send the document to those who get the shop's mails and may see its accounts."""
    invoice = queries.by_id(session, event.payload["invoice_id"])
    for member in enterprises.notified_people(session, enterprise_id=invoice.enterprise_id):
        if Permission.VIEW_ACCOUNTS in GRANTS[member.role] and member.user.disabled_at is None:
            emails.document_issued(session, invoice=invoice, person=member.user)
