"""A statement on paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from billing.statement.models import Statement
from billing.statement.words import calculation, explanation, kind_name, state_sentence
from billing.turnover.queries import Line
from coopcircuits import i18n
from coopcircuits.document.pdf import typeset
from coopcircuits.i18n import gettext
from coopcircuits.site import site
from coopcircuits.templating import money_text, month_text, short_moment

_TEMPLATE = Path(__file__).with_name("statement.typ")


def statement_pdf(statement: Statement, lines: Sequence[Line]) -> bytes:
    """The PDF in the reader's language; the same bytes for the same statement."""
    return typeset(_TEMPLATE, _data(statement, lines), created=statement.approved_at or statement.closed_at)


def file_name(statement: Statement) -> str:
    """ "contribution-la-ferme-2026-10.pdf"."""
    return f"contribution-{statement.enterprise.permalink}-{statement.period}.pdf"


def _data(statement: Statement, lines: Sequence[Line]) -> dict[str, Any]:
    shop, month = statement.enterprise, month_text(statement.period)
    return {
        "language": i18n.language(),
        "title": gettext("Contribution statement, %(month)s, %(shop)s", month=month, shop=shop.name),
        "cooperative": site().name,
        "cooperative_email": site().email,
        "shop": shop.name,
        "address": [part for part in (shop.street, f"{shop.postcode} {shop.city}".strip(), _siret(shop.siret)) if part],
        "eyebrow": gettext("Contribution statement"),
        "month": month[:1].upper() + month[1:],
        "state": state_sentence(statement),
        "total_label": calculation(statement)[-1][0],
        "total": money_text(statement.total, statement.currency),
        "explanation": explanation(statement),
        "calculation": calculation(statement),
        "adjustments_title": gettext("What the cooperative adjusted"),
        "adjustments": [
            {
                "amount": money_text(item.amount, statement.currency),
                "reason": item.reason,
                "when": short_moment(item.decided_at, shop.zone),
            }
            for item in statement.adjustments
        ],
        "note": gettext(
            "Online turnover is what shoppers ordered online, without tax and deposits, less what was cancelled or "
            "given back in the month. This statement is not an invoice."
        ),
        "lines_title": gettext("Each order, change and refund counted"),
        "columns": [
            gettext("Order"),
            gettext("What"),
            gettext("When"),
            gettext("Before tax"),
            gettext("Tax"),
            gettext("Total"),
        ],
        "lines": [
            [
                line.reference,
                kind_name(line.kind),
                short_moment(line.at, shop.zone),
                *(money_text(amount, statement.currency) for amount in (line.net, line.tax, line.gross)),
            ]
            for line in lines
        ],
        "sum": [
            gettext("Sum"),
            *(money_text(amount, statement.currency) for amount in (statement.net, statement.tax, statement.gross)),
        ],
        "page": gettext("Page"),
    }


def _siret(number: str) -> str:
    return f"SIRET {number}" if number else ""
