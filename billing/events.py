"""What happens when shops are billed."""

from dataclasses import dataclass
from typing import Any

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class TermsDecided(Fact):
    """The cooperative set its terms from a month on; ``terms`` by their names."""

    subject = ("contribution_terms", "terms_id")
    terms_id: int
    valid_from: str
    terms: dict[str, Any]


@dataclass(frozen=True)
class SchemeChosen(Fact):
    """A shop's scheme from a month on."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    kind: str
    amount: int
    valid_from: str
    free_until: str | None = None
    free_turnover: int = 0


@dataclass(frozen=True)
class MonthClosingStarted(Fact):
    """What the month counts is fixed; its statements are to be written."""

    subject = ("closing", "closing_id")
    closing_id: int
    period: str


@dataclass(frozen=True)
class MonthClosed(Fact):
    """Every statement of the month is written."""

    subject = ("closing", "closing_id")
    closing_id: int
    period: str
    statements: int


@dataclass(frozen=True)
class StatementAdjusted(Fact):
    """The cooperative raised (positive) or lowered a contribution; its reason is the adjustment's."""

    subject = ("statement", "statement_id")
    statement_id: int
    adjustment_id: int
    amount: int


@dataclass(frozen=True)
class StatementApproved(Fact):
    """The cooperative checked a statement: it no longer changes."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str
    contribution: int
    total: int


@dataclass(frozen=True)
class ApprovalUndone(Fact):
    """An approved statement is to be reviewed again."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str


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


@dataclass(frozen=True)
class QuestionAsked(Fact):
    """A shop wrote about its statement and waits for an answer."""

    subject = ("statement", "statement_id")
    statement_id: int
    message_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class QuestionAnswered(Fact):
    """The cooperative wrote to a shop about its statement."""

    subject = ("statement", "statement_id")
    statement_id: int
    message_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class QuestionSettled(Fact):
    """The shop's last word asks for no answer."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class StatementInvoiced(Fact):
    """The statement's invoice is issued in the same transaction."""

    subject = ("statement", "statement_id")
    statement_id: int
    enterprise_id: int
    period: str


@dataclass(frozen=True)
class PurchasesDeclared(Fact):
    """A shop said what it bought for a month, or said it anew."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    period: str
    amount: int


@dataclass(frozen=True)
class StarterEnding(Fact):
    """The free time of a starting shop ends within about a month."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    scheme_id: int


@dataclass(frozen=True)
class ReportPublished(Fact):
    """We signed a month and published it."""

    subject = ("published_report", "report_id")
    report_id: int
    period: str
    revision: int
    state: str
    digest: str


@dataclass(frozen=True)
class PeerAdded(Fact):
    """A sister instance is trusted from now on, under this root key."""

    subject = ("peer", "peer_id")
    peer_id: int
    host: str
    fingerprint: str


@dataclass(frozen=True)
class PeerStateChanged(Fact):
    """A sister instance is asked again, no longer asked, or no longer a sister."""

    subject = ("peer", "peer_id")
    peer_id: int
    state: str


@dataclass(frozen=True)
class PeerReportAccepted(Fact):
    """A sister's report was found good and is held."""

    subject = ("peer_report", "report_id")
    report_id: int
    peer_id: int
    period: str
    revision: int
    state: str
    digest: str


@dataclass(frozen=True)
class PeerEquivocated(Fact):
    """A sister signed two different reports under one month and revision; both are put aside."""

    subject = ("peer", "peer_id")
    peer_id: int
    period: str
    revision: int
    digests: list[str]


@dataclass(frozen=True)
class PeerDocumentRefused(Fact):
    """A sister's document was refused for the first time, with the word of the protocol."""

    subject = ("peer", "peer_id")
    peer_id: int
    about: str
    reason: str


@dataclass(frozen=True)
class ReceiptRecorded(Fact):
    """Money of a shop reached the cooperative."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    enterprise_id: int
    amount: int
    currency: str
    method: str


@dataclass(frozen=True)
class ReceiptReturned(Fact):
    """Money that had reached the cooperative went back, all or a part of it: a refused debit, a refund."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    enterprise_id: int
    amount: int
    currency: str


@dataclass(frozen=True)
class BankFileImported(Fact):
    """A bank statement was read; ``recorded`` of its ``lines`` were placed at once."""

    subject = ("bank_file", "file_id")
    file_id: int
    digest: str
    lines: int
    recorded: int


@dataclass(frozen=True)
class BankLinePlaced(Fact):
    """Somebody said whose money a line of a bank statement is, or that it is nobody's."""

    subject = ("bank_line", "line_id")
    line_id: int
    state: str
    receipt_id: int | None


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


@dataclass(frozen=True)
class RatesLoaded(Fact):
    """Monthly means of these months were stored from the file of the European Central Bank, up to ``rate_id``."""

    subject = ("exchange_rate", "rate_id")
    rate_id: int
    first: str
    last: str
    stored: int


@dataclass(frozen=True)
class RateEntered(Fact):
    """A person wrote the exchange rate of a month."""

    subject = ("exchange_rate", "rate_id")
    rate_id: int
    currency: str
    period: str
    rate: str
    source: str


@dataclass(frozen=True)
class SharingKeyAdopted(Fact):
    """This instance signed a key of sharing that its members voted."""

    subject = ("adopted_key", "key_id")
    key_id: int
    version: int
    since: str
    digest: str


@dataclass(frozen=True)
class AllocationComputed(Fact):
    """Who pays what for a month was computed to another result than before, and signed."""

    subject = ("allocation", "allocation_id")
    allocation_id: int
    period: str
    digest: str


@dataclass(frozen=True)
class AllocationLocked(Fact):
    """A month's allocation is settled: ``agreeing`` instances of ``reported`` came to the same bytes."""

    subject = ("allocation", "allocation_id")
    allocation_id: int
    period: str
    digest: str
    agreeing: int
    reported: int


@dataclass(frozen=True)
class OnlinePaymentFailed(Fact):
    """A direct debit at the payment provider was refused by the shop's bank."""

    subject = ("online_payment", "payment_id")
    payment_id: int
    invoice_id: int
    enterprise_id: int
    amount: int


@dataclass(frozen=True)
class StrayPaymentSeen(Fact):
    """Money reached the cooperative's account at the payment provider for no invoice we know."""

    subject = ("stray_payment", "stray_id")
    stray_id: int
    amount: int
    currency: str
    why: str


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
