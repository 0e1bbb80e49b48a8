"""What is invoiced and paid goes into the books in the same transaction, or neither happens."""

from sqlalchemy.orm import Session

from billing.collection.events import ReceiptReassigned, ReceiptRecorded, ReceiptReturned, ReceiptReturnFailed
from billing.invoice.events import CreditNoteIssued, InvoiceIssued
from billing.ledger import bookings
from coopcircuits.events import Event, subscriber


@subscriber(InvoiceIssued, CreditNoteIssued, at_once=True)
def enter_document(session: Session, event: Event) -> None:
    """Enter an invoice, a notice of a gift or a credit note."""
    bookings.book_document(session, invoice_id=event.payload["invoice_id"])


@subscriber(ReceiptRecorded, at_once=True)
def enter_receipt(session: Session, event: Event) -> None:
    """Enter money that arrived."""
    bookings.book_receipt(session, receipt_id=event.payload["receipt_id"])


@subscriber(ReceiptReassigned, at_once=True)
def enter_move(session: Session, event: Event) -> None:
    """Enter money that was given to another shop."""
    bookings.book_move(session, move_id=event.payload["move_id"])


@subscriber(ReceiptReturnFailed, at_once=True)
def enter_failed_return(session: Session, event: Event) -> None:
    """Enter money that had gone back and is here again."""
    bookings.book_failed_return(session, failed_id=event.payload["failed_id"])


@subscriber(ReceiptReturned, at_once=True)
def enter_return(session: Session, event: Event) -> None:
    """Enter money that went back."""
    bookings.book_returns(session, receipt_id=event.payload["receipt_id"])
