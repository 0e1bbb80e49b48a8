"""A shop's contribution: the month so far, what each scheme would cost, its choice; and the rule in plain words."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.cost.purpose import purpose_of
from billing.cost.spending import last_spending
from billing.cost.suggestion import suggestion_for
from billing.cost.words import USES
from billing.scheme import queries, services
from billing.scheme.comparison import choosable, compare
from billing.scheme.contribution import BY_DEFAULT, contribution_before_tax, with_tax
from billing.scheme.forms import ChoiceForm
from billing.scheme.models import SchemeKind
from billing.scheme.words import scheme_words
from billing.statement import queries as statements
from billing.statement.models import Statement
from billing.statement.words import explanation
from billing.turnover import example
from billing.turnover.example import Case
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import money_text, month_text
from shops.permissions import current_enterprise

#: Statements that are not folded away.
_LATEST = 2
#: How many months the chart of a shop's contributions shows.
_MONTHS = 12


def contribution(shop: str) -> ResponseReturnValue:
    return _page(_choice_form())


def choose(shop: str) -> ResponseReturnValue:
    form, enterprise = _choice_form(), current_enterprise()
    if form.accepted:
        try:
            with transaction() as session:
                choice = services.choose_scheme(
                    session,
                    actor=current_actor(),
                    enterprise_id=enterprise.id,
                    kind=SchemeKind(form.kind.data),
                    amount=form.amount.data or 0,
                    valid_from=services.next_month(enterprise.zone),
                )
            flash(_("Noted. Your choice takes effect in %(month)s.", month=month_text(choice.valid_from)), "success")
            return redirect(url_for("scheme.contribution", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def _choice_form() -> ChoiceForm:
    enterprise = current_enterprise()
    form: ChoiceForm = ChoiceForm.posted()
    form.offer(choosable(read_session(), enterprise_id=enterprise.id, month=services.next_month(enterprise.zone)))
    return form


def _page(form: ChoiceForm) -> ResponseReturnValue:
    session, enterprise = read_session(), current_enterprise()
    month = Month.of(clock.now(), enterprise.zone)
    now = statements.so_far(session, enterprise=enterprise, month=month)
    coming = queries.scheme_for(session, [enterprise.id], month.plus(1))[enterprise.id]
    history = statements.statements_of(session, enterprise_id=enterprise.id)
    page = render_template(
        "billing/scheme/contribution.html",
        now=now,
        explanation=explanation(now),
        options=compare(session, now),
        coming=scheme_words(coming, queries.terms_for(session, month.plus(1)), enterprise.currency),
        next_month=str(month.plus(1)),
        suggestion=suggestion_for(session, enterprise_id=enterprise.id),
        purpose=purpose_of(session, history),
        categories=USES,
        history=history,
        latest=_LATEST,
        year=_last_year(history),
        form=form,
    )
    return page, 422 if form.errors else 200


def _last_year(history: Sequence[Statement]) -> list[tuple[str, int]]:
    """What was owed in the last twelve months up to the latest statement, oldest first; 0 where there was none."""
    owed = {statement.period: statement.total for statement in history}
    if not owed:
        return []
    latest, first = Month.parse(max(owed)), min(owed)
    months = [str(latest.plus(-back)) for back in reversed(range(_MONTHS))]
    return [(period, owed.get(period, 0)) for period in months if period >= first]


def how() -> ResponseReturnValue:
    session = read_session()
    terms = queries.terms_for(session, Month.of(clock.now(), site().zone))
    turnover = example.counted_in_all()
    owed = contribution_before_tax(BY_DEFAULT, terms, turnover.net)
    return render_template(
        "billing/scheme/how.html",
        terms=terms,
        example=example.MONTH,
        cases=[(_told(case), [each for each in case.counted if each[1]]) for case in example.CASES],
        turnover=turnover,
        owed=with_tax(owed, terms.tax_rate_bp),
        spending=last_spending(session),
    )


def _told(case: Case) -> str:
    """A single order in a sentence, in the reader's language and money."""
    return _(case.what, **{name: money_text(amount, site().currency) for name, amount in case.amounts.items()})
