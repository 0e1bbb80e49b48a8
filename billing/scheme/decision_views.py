"""The cooperative's decisions on rates, and on the scheme of one shop."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.scheme import queries, services
from billing.scheme.contribution import Scheme
from billing.scheme.forms import DecisionForm, RatesForm
from billing.scheme.models import ContributionScheme, SchemeKind
from billing.scheme.words import scheme_words
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import month_text
from shops.enterprise import queries as enterprises


def rates() -> ResponseReturnValue:
    return _rates_page(RatesForm())


def set_rates() -> ResponseReturnValue:
    form = RatesForm.posted()
    if form.accepted:
        try:
            with transaction() as session:
                month = services.next_month(site().zone)
                terms = services.set_terms(
                    session,
                    actor=current_actor(),
                    terms=queries.terms_for(session, month)._replace(
                        rate_bp=form.read("rate"), tax_rate_bp=form.read("tax_rate")
                    ),
                    valid_from=month,
                )
            flash(_("The new rates hold from %(month)s on.", month=month_text(terms.valid_from)), "success")
            return redirect(url_for("scheme.rates"))
        except DomainError as error:
            form.refuse(error)
    return _rates_page(form)


def _rates_page(form: RatesForm) -> ResponseReturnValue:
    session, month = read_session(), Month.of(clock.now(), site().zone)
    page = render_template(
        "billing/scheme/rates.html",
        form=form,
        terms=queries.terms_for(session, month),
        decisions=queries.all_terms(session),
        departures=[_departure(choice) for choice in queries.departures(session, month)],
        period=str(month),
        next_month=str(month.plus(1)),
    )
    return page, 422 if form.errors else 200


def _departure(choice: ContributionScheme) -> dict[str, Any]:
    shop = choice.enterprise
    return {"shop": shop, "words": _words(choice, shop.currency), "since": choice.valid_from}


def _words(choice: ContributionScheme, currency: str) -> str:
    terms = queries.terms_for(read_session(), Month.parse(choice.valid_from))
    return scheme_words(Scheme(choice.kind, choice.amount, choice.reason), terms, currency)


def of_shop(shop: str) -> ResponseReturnValue:
    return _shop_page(shop, DecisionForm())


def decide(shop: str) -> ResponseReturnValue:
    form = DecisionForm.posted()
    if form.accepted:
        enterprise = enterprises.by_permalink(read_session(), shop)
        try:
            with transaction() as session:
                services.choose_scheme(
                    session,
                    actor=current_actor(),
                    enterprise_id=enterprise.id,
                    kind=SchemeKind(form.kind.data),
                    amount=form.amount.data or 0,
                    reason=form.reason.data or "",
                    valid_from=services.next_month(enterprise.zone),
                )
            flash(_("The scheme of %(shop)s is decided.", shop=enterprise.name), "success")
            return redirect(url_for("scheme.of_shop", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return _shop_page(shop, form)


def _shop_page(shop: str, form: DecisionForm) -> ResponseReturnValue:
    session = read_session()
    enterprise = enterprises.by_permalink(session, shop)
    choices = queries.choices_of(session, enterprise_id=enterprise.id)
    page = render_template(
        "billing/scheme/of_shop.html",
        enterprise=enterprise,
        form=form,
        choices=[(choice.valid_from, _words(choice, enterprise.currency)) for choice in choices],
        next_month=str(services.next_month(enterprise.zone)),
    )
    return page, 422 if form.errors else 200
