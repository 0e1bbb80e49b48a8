"""The cooperative's decisions on its terms, and on the scheme of one shop."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.scheme import queries, services
from billing.scheme.contribution import Terms
from billing.scheme.forms import DecisionForm, TermsForm, fingerprint
from billing.scheme.models import ContributionScheme, SchemeKind
from billing.scheme.preview import preview_of
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
    coming = queries.terms_for(read_session(), services.next_month(site().zone))
    return _terms_page(TermsForm(data=coming._asdict()))


def set_rates() -> ResponseReturnValue:
    """Show what the terms typed would have given; once that was seen, decide them."""
    form: TermsForm = TermsForm.posted()
    if not form.accepted:
        return _terms_page(form)
    try:
        if not form.is_seen:
            services.refuse_crossed_bounds(form.terms())
            return _terms_page(form, typed=form.terms())
        with transaction() as session:
            decided = services.set_terms(
                session, actor=current_actor(), terms=form.terms(), valid_from=services.next_month(site().zone)
            )
        flash(_("The new terms hold from %(month)s on.", month=month_text(decided.valid_from)), "success")
        return redirect(url_for("scheme.rates"))
    except DomainError as error:
        form.refuse(error)
    return _terms_page(form)


def _terms_page(form: TermsForm, typed: Terms | None = None) -> ResponseReturnValue:
    session, month = read_session(), Month.of(clock.now(), site().zone)
    page = render_template(
        "billing/scheme/rates.html",
        form=form,
        preview=preview_of(session, typed) if typed else None,
        typed=fingerprint(typed) if typed else "",
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
    return scheme_words(queries.scheme_of(choice), terms, currency)


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
                    free_until=_month(form.free_until.data),
                    free_turnover=form.free_turnover.data,
                    valid_from=services.next_month(enterprise.zone),
                )
            flash(_("The scheme of %(shop)s is decided.", shop=enterprise.name), "success")
            return redirect(url_for("scheme.of_shop", shop=shop))
        except DomainError as error:
            form.refuse(error)
    return _shop_page(shop, form)


def _month(day: date | None) -> Month | None:
    return Month(day.year, day.month) if day else None


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
