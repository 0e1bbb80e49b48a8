"""Answers to programs: what the owner of the token may see, as far as the token goes."""

from typing import Any

from flask.typing import ResponseReturnValue
from msgspec import convert

from billing.addresses import month_in
from billing.api import queries, shapes
from billing.collection.queries import open_amounts
from billing.invoice import queries as invoice_queries
from billing.invoice.models import Invoice
from billing.invoice.views import pdf_response
from billing.statement import queries as statement_queries
from billing.statement.export import statement_document, statement_figures
from coopcircuits.api.access import current_token
from coopcircuits.api.answers import Asked, asked, document
from coopcircuits.doors import read_session
from coopcircuits.period import Month


def statements() -> ResponseReturnValue:
    wanted = asked("shop", "period")
    rows = queries.statements(
        read_session(),
        current_token().user,
        shop=wanted.filters.get("shop"),
        period=_period(wanted),
        after=wanted.after_id,
        limit=wanted.limit,
    )
    shown, following = wanted.cut(rows, lambda row: row.id)
    items = [convert(statement_figures(row), shapes.StatementSummary) for row in shown]
    return document(shapes.Statements(items), following=following)


def statement(shop: str, period: str) -> ResponseReturnValue:
    """A shop's statement, or its month so far, with every line."""
    session, month = read_session(), month_in(period)
    enterprise = queries.shop_seen_by(session, current_token().user, shop)
    found = statement_queries.month_of(session, enterprise=enterprise, month=month)
    lines = statement_queries.lines_of(session, found)
    return document(convert(statement_document(found, lines), shapes.Statement))


def invoices() -> ResponseReturnValue:
    wanted = asked("shop", "period")
    rows = queries.documents(
        read_session(),
        current_token().user,
        shop=wanted.filters.get("shop"),
        period=_period(wanted),
        after=wanted.after_id,
        limit=wanted.limit,
    )
    shown, following = wanted.cut(rows, lambda row: row.id)
    left = open_amounts(read_session(), [row.id for row in shown])
    items = [shapes.InvoiceSummary(**_members(row, left.get(row.id))) for row in shown]
    return document(shapes.Invoices(items), following=following)


def invoice(number: str) -> ResponseReturnValue:
    session, found = read_session(), _invoice(number)
    left = open_amounts(session, [found.id]).get(found.id)
    notes = [note.number for note in invoice_queries.credit_notes_of(session, found.id)]
    return document(shapes.Invoice(**_members(found, left), credit_notes=notes))


def invoice_pdf(number: str) -> ResponseReturnValue:
    return pdf_response(_invoice(number))


def contributions() -> ResponseReturnValue:
    wanted = asked()
    rows = queries.contributions(read_session(), after=wanted.after_month, limit=wanted.limit)
    shown, following = wanted.cut(rows, lambda row: row.period)
    return document(shapes.Contributions(list(shown)), following=following)


def _period(wanted: Asked) -> str | None:
    given = wanted.filters.get("period")
    return str(Month.parse(given)) if given is not None else None


def _invoice(number: str) -> Invoice:
    return queries.document_seen_by(read_session(), current_token().user, number)


def _members(found: Invoice, left: int | None) -> dict[str, Any]:
    """The members of :class:`shapes.InvoiceSummary`."""
    return {
        "number": found.number,
        "kind": found.kind,
        "shop": found.enterprise.permalink,
        "name": found.enterprise.name,
        "period": found.statement.period,
        "issued_on": found.issued_on,
        "due_on": found.due_on,
        "issued_at": found.issued_at.replace(microsecond=0),
        "currency": found.currency,
        "net_minor": found.net,
        "tax_minor": found.tax,
        "total_minor": found.total,
        "open_minor": left,
        "corrects": found.corrects.number if found.corrects else None,
        "reason": found.reason,
        "sha256": found.sha256,
    }
