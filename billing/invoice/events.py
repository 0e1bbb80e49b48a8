"""What happens to invoices and credit notes."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class InvoiceIssued(Fact):
    """The cooperative invoiced a statement; ``total`` includes tax."""

    subject = ("invoice", "invoice_id")
    invoice_id: int
    enterprise_id: int
    number: str
    total: int
    currency: str


@dataclass(frozen=True)
class CreditNoteIssued(Fact):
    """An invoice was corrected by a credit note; ``total`` is what it takes off, a positive amount."""

    subject = ("invoice", "invoice_id")
    invoice_id: int
    corrects_id: int
    enterprise_id: int
    number: str
    total: int
    currency: str
