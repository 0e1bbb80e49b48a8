"""Two years of the instances, as pages and as a file, for anybody."""

from collections.abc import Iterator

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from billing.allocation.trend import Point, Trend, trends
from billing.availability.words import available_text, is_measured
from billing.commons.instance import profile
from billing.commons.rates import EURO
from billing.peer import queries as peers
from billing.treasury.words import balance_of, in_months
from coopcircuits.doors import read_session
from coopcircuits.errors import NotFound
from coopcircuits.i18n import _
from coopcircuits.money import to_decimal
from coopcircuits.spreadsheet import Cell, Sheet, answer, kind_in


def trend() -> ResponseReturnValue:
    """Our own."""
    return _page(profile().instance)


def trend_of(host: str) -> ResponseReturnValue:
    return _page(host)


def trend_file(kind: str) -> Response:
    """Every instance and month; a figure that is not published is an empty cell."""
    heads = [
        *(_("Instance"), _("Month"), _("Currency"), _("Sales before tax"), _("Contributions"), _("Costs")),
        *(_("Common software"), _("Share, in euros"), _("Correction, in euros"), _("Availability")),
        *(_("Cash at the end of the month"), _("Lasts, in months")),
    ]
    found = trends(read_session(), us=profile())
    rows = (_row(one, point) for one in found for point in one.points if point.payload or point.share is not None)
    return answer(Sheet("commons-trend", heads, rows), kind_in(kind))


def _page(host: str) -> ResponseReturnValue:
    session, us = read_session(), profile()
    found = trends(session, us=us, hosts=[host])
    if not found:
        raise NotFound
    instances = [(us.instance, us.name), *((peer.host, peer.name) for peer in peers.peers(session))]
    return render_template("billing/commons/trend.html", shown=found[0], instances=instances)


def _row(one: Trend, point: Point) -> list[Cell]:
    told = point.payload
    currency = told["currency"] if told else one.currency
    figures = (point.sales, point.contributions, point.costs, point.common)
    amounts: Iterator[Cell] = (None if figure is None else to_decimal(figure, currency) for figure in figures)
    paid: list[Cell] = [None, None]
    if point.share is not None:
        paid = [to_decimal(point.share, EURO), to_decimal(point.true_up, EURO)]
    available = available_text(told) if told and is_measured(told) else None
    cash, tenths = balance_of(told or {})
    left = [None if cash is None else to_decimal(cash, currency), in_months(tenths)]
    return [one.host, point.period, currency, *amounts, *paid, available, *left]
