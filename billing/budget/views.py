"""The budget of a year beside what was spent."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.budget import queries, services
from billing.budget.forms import BudgetForm
from billing.cost.words import CATEGORIES
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import NotFound
from coopcircuits.i18n import _
from coopcircuits.site import site


def show(year: int) -> ResponseReturnValue:
    planned = queries.lines_of(read_session(), _known(year))
    return _page(year, BudgetForm(data={category.value: line.amount for category, line in planned.items()}))


def decide(year: int) -> ResponseReturnValue:
    form = BudgetForm(request.form)
    if not form.validate():
        return _page(_known(year), form)
    with transaction() as session:
        services.decide_budget(session, actor=current_actor(), year=_known(year), amounts=form.amounts())
    flash(_("The budget of %(year)s is decided.", year=year), "success")
    return redirect(url_for("budget.show", year=year))


def _known(year: int) -> int:
    """A year near enough to mean something."""
    this_year = _today().year
    if not this_year - 10 <= year <= this_year + 2:
        raise NotFound
    return year


def _today() -> date:
    return clock.local_date(clock.now(), site().zone)


def _page(year: int, form: BudgetForm) -> ResponseReturnValue:
    session, this_year = read_session(), _today().year
    page = render_template(
        "billing/budget/show.html",
        year=year,
        years=sorted({*queries.years(session), this_year, this_year + 1, year}, reverse=True),
        uses=queries.use_of(session, year),
        categories=CATEGORIES,
        form=form,
    )
    return page, 422 if form.errors else 200
