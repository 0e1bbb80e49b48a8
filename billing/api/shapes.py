"""The shapes of the API's answers, from which its description is made too.

Amounts are whole minor units of ``currency`` (cents), rates basis points (hundredths of a per cent), instants UTC.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from billing.invoice.models import InvoiceKind
from billing.scheme.models import SchemeKind, VatTreatment

Period = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}$", description="A month, YYYY-MM.")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
Instant = Annotated[datetime, Meta(tz=True)]
Shop = Annotated[str, Meta(description="The last part of the shop's address.")]


class StatementSummary(Struct):
    """One shop's month: what it sold online, by which scheme it contributes, and what it owes."""

    shop: Shop
    name: str
    period: Period
    state: Literal["provisional", "to-review", "approved", "invoiced"]
    currency: Currency
    orders: int
    refunds: int
    gross_minor: int
    tax_minor: int
    net_minor: int
    carried_in_minor: int
    base_minor: int
    carried_out_minor: int
    scheme: SchemeKind
    scheme_reason: str
    purchases_minor: int | None
    rated_minor: int
    rate_bp: int
    minimum_minor: int
    cap_minor: int
    computed_minor: int
    adjusted_minor: int
    contribution_minor: int
    vat: VatTreatment
    contribution_tax_bp: int
    contribution_tax_minor: int
    total_minor: int
    closed_at: Instant | None
    approved_at: Instant | None


class Adjustment(Struct):
    """A decision of the cooperative on a statement, before tax."""

    at: Instant
    amount_minor: int
    reason: str


class StatementLine(Struct):
    """An order, a change or a refund that the statement counts."""

    order: str
    kind: Literal["sale", "change", "cancellation", "refund"]
    at: Instant
    month: Period
    gross_minor: int
    tax_minor: int
    net_minor: int


class Statement(StatementSummary):
    """A statement with everything that it adds up from."""

    adjustments: list[Adjustment]
    lines: list[StatementLine]


class Statements(Struct):
    """Statements, the latest written first."""

    items: list[StatementSummary]


class InvoiceSummary(Struct):
    """A document as it was sent. Amounts are positive; those of a credit note are taken off."""

    number: str
    kind: InvoiceKind
    shop: Shop
    name: str
    period: Period
    issued_on: date
    due_on: date
    issued_at: Instant
    currency: Currency
    net_minor: int
    tax_minor: int
    total_minor: int
    open_minor: Annotated[int | None, Meta(description="Left to pay; null for a credit note.")]
    corrects: Annotated[str | None, Meta(description="The number of the document that a credit note corrects.")]
    reason: str
    sha256: Annotated[str, Meta(description="Of the PDF.")]


class Invoice(InvoiceSummary):
    """A document and the numbers of the credit notes on it."""

    credit_notes: list[str]


class Invoices(Struct):
    """Documents, the latest first."""

    items: list[InvoiceSummary]


class SchemeSums(Struct):
    """What a month's statements by one scheme come to. Turnover is before tax and may be negative."""

    scheme: SchemeKind
    currency: Currency
    statements: int
    turnover_minor: int
    contribution_minor: int
    contribution_tax_minor: int
    total_minor: int


class MonthOfContributions(Struct):
    """A closed month of all shops."""

    period: Period
    schemes: list[SchemeSums]


class Contributions(Struct):
    """Closed months, the latest first."""

    items: list[MonthOfContributions]
