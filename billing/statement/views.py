"""A shop's own statements."""

from typing import Any

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.question.exchange import exchange_of
from billing.question.forms import AskForm
from billing.statement import queries
from billing.statement.history import history_of
from billing.statement.models import Statement
from billing.statement.paper import file_name, statement_pdf
from coopcircuits.asked import page_of
from coopcircuits.doors import read_session
from shops.permissions import current_enterprise

#: Lines of one statement on a page.
_LINES = 200


def show(shop: str, period: str) -> ResponseReturnValue:
    return page(_own(period))


def page(found: Statement, form: AskForm | None = None) -> ResponseReturnValue:
    """A shop's statement, with the question it is about to ask."""
    session, is_written = read_session(), not found.is_provisional
    shown = render_template(
        "billing/statement/show.html",
        statement=found,
        exchange=exchange_of(session, found, names=False) if is_written else None,
        ask_form=form or AskForm(),
        history=history_of(session, found, names=False) if is_written else [],
        **lines_shown(found),
    )
    return shown, 422 if form else 200


def pdf(shop: str, period: str) -> ResponseReturnValue:
    return pdf_response(_own(period))


def _own(period: str) -> Statement:
    return queries.month_of(read_session(), enterprise=current_enterprise(), month=month_in(period))


def lines_shown(statement: Statement) -> dict[str, Any]:
    """The part of a statement's lines that this page shows, and the way to the others."""
    lines = queries.lines_of(read_session(), statement)
    page = page_of(len(lines), _LINES)
    return {"lines": lines[page.skipped : page.skipped + _LINES], "page": page}


def pdf_response(statement: Statement) -> Response:
    """A statement as a file to keep."""
    document = statement_pdf(statement, queries.lines_of(read_session(), statement))
    headers = {"Content-Disposition": f'inline; filename="{file_name(statement)}"'}
    return Response(document, mimetype="application/pdf", headers=headers)
