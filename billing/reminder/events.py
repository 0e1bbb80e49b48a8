"""What happens when invoices are late."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class InvoiceReminded(Fact):
    """A shop is reminded of an invoice that is late."""

    subject = ("invoice", "invoice_id")
    invoice_id: int
    reminder_id: int
    enterprise_id: int
    step: int


@dataclass(frozen=True)
class ReminderTermsDecided(Fact):
    """The cooperative decided after how many days shops are reminded, for invoices due from a day on."""

    subject = ("reminder_terms", "terms_id")
    terms_id: int
    valid_from: str
    days: list[int]
