"""What happens to mandates and debits."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class MandateSigned(Fact):
    """A shop lets the cooperative collect what it owes by direct debit."""

    subject = ("mandate", "mandate_id")
    mandate_id: int
    enterprise_id: int


@dataclass(frozen=True)
class MandateRevoked(Fact):
    """A shop no longer lets the cooperative debit it, or signed another mandate."""

    subject = ("mandate", "mandate_id")
    mandate_id: int
    enterprise_id: int


@dataclass(frozen=True)
class DebitFilePrepared(Fact):
    """The bank is to collect these invoices."""

    subject = ("debit_file", "file_id")
    file_id: int
    day: str
    count: int
    total: int
    digest: str


@dataclass(frozen=True)
class DebitRefused(Fact):
    """A direct debit never came or was taken back; the invoice is open again."""

    subject = ("debit_line", "line_id")
    line_id: int
    invoice_id: int
    enterprise_id: int
    amount: int
    state: str
