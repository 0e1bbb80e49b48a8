"""A shop's own statements."""

from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.statement import queries
from billing.statement.history import history_of
from billing.statement.models import Statement
from billing.statement.paper import file_name, statement_pdf
from coopcircuits.doors import read_session
from coopcircuits.templating import here
from shops.permissions import current_enterprise

#: Lines of one statement on a page.
_LINES = 200


def show(shop: str, period: str) -> ResponseReturnValue:
    found = _own(period)
    return render_template(
        "billing/statement/show.html",
        statement=found,
        history=[] if found.is_provisional else history_of(read_session(), found, names=False),
        **lines_shown(found),
    )


def pdf(shop: str, period: str) -> ResponseReturnValue:
    return pdf_response(_own(period))


def _own(period: str) -> Statement:
    return queries.month_of(read_session(), enterprise=current_enterprise(), month=month_in(period))


def lines_shown(statement: Statement) -> dict[str, Any]:
    """The part of a statement's lines that this page shows, and the way to the others."""
    lines = queries.lines_of(read_session(), statement)
    pages = max(1, -(-len(lines) // _LINES))
    number = min(max(1, request.args.get("page", 1, int)), pages)
    return {
        "lines": lines[(number - 1) * _LINES : number * _LINES],
        "page": {"number": number, "pages": pages, "url": lambda other: here(page=other)},
    }


def pdf_response(statement: Statement) -> Response:
    """A statement as a file to keep."""
    document = statement_pdf(statement, queries.lines_of(read_session(), statement))
    headers = {"Content-Disposition": f'inline; filename="{file_name(statement)}"'}
    return Response(document, mimetype="application/pdf", headers=headers)
