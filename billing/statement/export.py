"""A statement for other programs: the figures of the page, and every entry they add up from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.statement.models import Statement
from billing.turnover.queries import Line
from coopcircuits.federation.moments import format_moment


def statement_figures(statement: Statement) -> dict[str, Any]:
    """JSON members as docs/billing.md lists them, without adjustments and lines; ``enterprise`` must be loaded."""
    return {
        "shop": statement.enterprise.permalink,
        "name": statement.enterprise.name,
        "period": statement.period,
        "state": "provisional" if statement.is_provisional else statement.state,
        "currency": statement.currency,
        "orders": statement.order_count,
        "refunds": statement.refund_count,
        "gross_minor": statement.gross,
        "tax_minor": statement.tax,
        "net_minor": statement.net,
        "carried_in_minor": statement.carried_in,
        "base_minor": statement.base,
        "carried_out_minor": statement.carried_out,
        "scheme": statement.scheme,
        "scheme_reason": statement.scheme_reason,
        "purchases_minor": statement.purchases,
        "rated_minor": statement.rated,
        "rate_bp": statement.rate_bp,
        "minimum_minor": statement.minimum,
        "cap_minor": statement.cap,
        "computed_minor": statement.computed,
        "adjusted_minor": statement.adjusted,
        "contribution_minor": statement.contribution,
        "vat": statement.vat,
        "contribution_tax_bp": statement.contribution_tax_bp,
        "contribution_tax_minor": statement.contribution_tax,
        "total_minor": statement.total,
        "closed_at": None if statement.is_provisional else format_moment(statement.closed_at),
        "approved_at": _moment(statement.approved_at),
    }


def statement_document(statement: Statement, lines: Sequence[Line]) -> dict[str, Any]:
    """The same with ``adjustments``, which must be loaded, and each line."""
    return {
        **statement_figures(statement),
        "adjustments": [
            {"at": format_moment(item.decided_at), "amount_minor": item.amount, "reason": item.reason}
            for item in statement.adjustments
        ],
        "lines": [
            {
                "order": line.reference,
                "kind": line.kind,
                "at": format_moment(line.at),
                "month": line.month,
                "gross_minor": line.gross,
                "tax_minor": line.tax,
                "net_minor": line.net,
            }
            for line in lines
        ],
    }


def _moment(instant: datetime | None) -> str | None:
    return format_moment(instant) if instant else None
