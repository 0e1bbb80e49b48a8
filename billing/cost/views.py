"""The register of costs, month by month."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.cost import queries, services
from billing.cost.forms import CostForm
from billing.cost.words import CATEGORIES, KINDS, SCOPES
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.files import sent_document
from coopcircuits.forms import select_options
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import month_text

#: Months back in which a cost may be entered.
_MONTHS = 13


def index() -> ResponseReturnValue:
    return _page(_form())


def add() -> ResponseReturnValue:
    form = _form()
    if form.accepted:
        try:
            receipt = sent_document(request.files.get("receipt"), field="receipt")
            with transaction() as session:
                cost = services.register_cost(session, actor=current_actor(), cost=form.spec(), receipt=receipt)
            flash(_("“%(label)s” is in the register.", label=cost.label), "success")
            return redirect(url_for("cost.index", period=cost.period))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def _form() -> CostForm:
    today = clock.local_date(clock.now(), site().zone)
    month = request.args.get("period") or str(Month(today.year, today.month))
    form: CostForm = CostForm.posted(data={"spent_on": today, "month": month})
    offer_months(form)
    return form


def offer_months(form: CostForm, *also: str) -> None:
    """Let a cost count in one of the last months, or in those it counts in already."""
    this_month = Month.of(clock.now(), site().zone)
    recent = {str(this_month.plus(-back)) for back in range(_MONTHS)}
    form.month.choices = select_options(
        (period, month_text(period)) for period in sorted({*recent, *also}, reverse=True)
    )


def _page(form: CostForm) -> ResponseReturnValue:
    session = read_session()
    known = list(queries.periods(session))
    this_month = str(Month.of(clock.now(), site().zone))
    period = str(month_in(request.args.get("period") or (known[0] if known else this_month)))
    page = render_template(
        "billing/cost/index.html",
        form=form,
        period=period,
        periods=sorted({*known, this_month, period}, reverse=True),
        costs=queries.costs_of(session, period),
        totals=queries.by_category(session, period),
        categories=CATEGORIES,
        kinds=KINDS,
        scopes=SCOPES,
    )
    return page, 422 if form.errors else 200
