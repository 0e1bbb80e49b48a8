"""A shop's contribution: the month so far, what each scheme would cost, its choice; and the rule in plain words."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.cost.spending import last_spending
from billing.scheme import queries, services
from billing.scheme.contribution import BY_DEFAULT, contribution_before_tax, with_tax
from billing.scheme.forms import ChoiceForm
from billing.scheme.models import SchemeKind
from billing.scheme.words import scheme_words
from billing.statement import queries as statements
from billing.statement.words import explanation
from billing.turnover import example
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.money import TaxedMoney
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import month_text
from shops.permissions import current_enterprise


def contribution(shop: str) -> ResponseReturnValue:
    return _page(ChoiceForm())


def choose(shop: str) -> ResponseReturnValue:
    form, enterprise = ChoiceForm.posted(), current_enterprise()
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


def _page(form: ChoiceForm) -> ResponseReturnValue:
    session, enterprise = read_session(), current_enterprise()
    month = Month.of(clock.now(), enterprise.zone)
    now = statements.so_far(session, enterprise=enterprise, month=month)
    coming = queries.scheme_for(session, [enterprise.id], month.plus(1))[enterprise.id]
    page = render_template(
        "billing/scheme/contribution.html",
        now=now,
        explanation=explanation(now),
        one_percent=_by_default(now.base, month),
        coming=scheme_words(coming, queries.terms_for(session, month.plus(1)), enterprise.currency),
        next_month=str(month.plus(1)),
        history=statements.statements_of(session, enterprise_id=enterprise.id),
        form=form,
    )
    return page, 422 if form.errors else 200


def _by_default(base: int, month: Month) -> TaxedMoney:
    """What the month so far would cost as a share of sales."""
    terms = queries.terms_for(read_session(), month)
    return with_tax(contribution_before_tax(BY_DEFAULT, terms, base), terms.tax_rate_bp)


def how() -> ResponseReturnValue:
    session = read_session()
    terms = queries.terms_for(session, Month.of(clock.now(), site().zone))
    turnover = example.counted_in_all()
    owed = contribution_before_tax(BY_DEFAULT, terms, turnover.net)
    return render_template(
        "billing/scheme/how.html",
        terms=terms,
        example=example.MONTH,
        turnover=turnover,
        owed=with_tax(owed, terms.tax_rate_bp),
        spending=last_spending(session),
    )
