"""Files of what the cooperative looks at."""

from collections.abc import Callable

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.addresses import month_in
from billing.budget.queries import years
from billing.export import sheets
from billing.statement import queries as statements_of
from coopcircuits.doors import read_session
from coopcircuits.errors import NotFound
from coopcircuits.spreadsheet import Sheet, answer, kind_in


def index() -> ResponseReturnValue:
    session = read_session()
    closed = statements_of.closed_periods(session)
    known = sorted({*years(session), *(int(period[:4]) for period in closed)}, reverse=True)
    return render_template("billing/export/index.html", closed=closed, years=known)


def statements(period: str, kind: str) -> Response:
    found = sheets.statements_sheet(read_session(), str(month_in(period)))
    return answer(found, kind_in(kind))


def costs(year: int, kind: str) -> Response:
    return _of_year(sheets.costs_sheet, year, kind)


def contributions(year: int, kind: str) -> Response:
    return _of_year(sheets.contributions_sheet, year, kind)


def coverage(year: int, kind: str) -> Response:
    return _of_year(sheets.coverage_sheet, year, kind)


def budget(year: int, kind: str) -> Response:
    return _of_year(sheets.budget_sheet, year, kind)


def _of_year(sheet: Callable[[Session, int], Sheet], year: int, kind: str) -> Response:
    if not 1 <= year <= 9999:
        raise NotFound
    return answer(sheet(read_session(), year), kind_in(kind))
