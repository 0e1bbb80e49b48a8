"""What anybody may see of the money: costs, how far contributions cover them, how many shops give how."""

from collections.abc import Iterator

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from billing.cost import queries
from billing.cost.coverage import public_coverage, shops_by_scheme
from billing.cost.uses import uses_of
from billing.cost.words import USES
from billing.statement.queries import currency_of
from billing.treasury.queries import last_told
from billing.treasury.runway import step_of
from coopcircuits.doors import read_session
from coopcircuits.i18n import _
from coopcircuits.money import to_decimal
from coopcircuits.spreadsheet import Cell, Sheet, answer, kind_in


def transparency() -> ResponseReturnValue:
    session = read_session()
    months = public_coverage(session)
    periods = [month.period for month in months]
    currency = currency_of(session)
    return render_template(
        "billing/cost/transparency.html",
        months=months,
        uses=uses_of(session, periods),
        allocated=queries.shares_of_the_commons(session, periods),
        schemes=shops_by_scheme(session, periods[-1]) if periods else [],
        position=last_told(session),
        step=step_of(currency),
        currency=currency,
        categories=USES,
    )


def months_file(kind: str) -> Response:
    """Month by month, as the page shows it."""
    session = read_session()
    months, currency = public_coverage(session), currency_of(session)
    heads = [_("Month"), _("Currency"), _("Contributions"), _("Own costs"), _("Share of the commons"), _("Work given")]

    def rows() -> Iterator[list[Cell]]:
        for month in months:
            shown = None if month.contributions is None else to_decimal(month.contributions, currency)
            costs = [to_decimal(amount, currency) for amount in month.costs]
            yield [month.period, currency, shown, *costs]

    return answer(Sheet("contributions-and-costs", heads, rows()), kind_in(kind))


def costs_file(kind: str) -> Response:
    """Costs of the same months by category."""
    session = read_session()
    periods, currency = [month.period for month in public_coverage(session)], currency_of(session)
    heads = [_("Month"), _("Category"), _("Currency"), _("Money spent"), _("Work given"), _("Minutes of work")]

    def rows() -> Iterator[list[Cell]]:
        for period in periods:
            for use in uses_of(session, [period]):
                amounts = [to_decimal(amount, currency) for amount in (use.spent, use.given)]
                yield [period, str(USES[use.category]), currency, *amounts, use.minutes]

    return answer(Sheet("costs", heads, rows()), kind_in(kind))
