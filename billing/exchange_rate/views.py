"""The exchange rates of a month: which are needed, which are there, and entering one."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.commons.rates import EURO
from billing.commons.sharing_key import in_force
from billing.exchange_rate import queries, services, words
from billing.exchange_rate.forms import RateForm
from billing.peer import queries as peers
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site


def show(period: str) -> ResponseReturnValue:
    return _page(_month(period), RateForm())


def enter(period: str) -> ResponseReturnValue:
    month, form = _month(period), RateForm.posted()
    form.offer(_currencies(str(month)))
    if form.accepted:
        try:
            with transaction() as session:
                services.enter_rate(
                    session,
                    actor=current_actor(),
                    month=month,
                    currency=form.currency.data,
                    value=form.value,
                    source=form.source.data,
                    signed=allocations.locked_periods(session),
                )
            flash(_("The rate of %(currency)s is stored.", currency=form.currency.data), "success")
            return redirect(url_for("exchange_rate.show", period=str(month)))
        except DomainError as error:
            form.refuse(error)
    return _page(month, form)


def _page(month: Month, form: RateForm) -> ResponseReturnValue:
    session, period = read_session(), str(month)
    currencies, known = _currencies(period), queries.rates_for(session, period)
    page = render_template(
        "billing/exchange_rate/show.html",
        period=period,
        lines=[(currency, known.get(currency)) for currency in currencies],
        form=form.offer(currencies),
        settled=period in allocations.locked_periods(session),
        rate_words=words,
    )
    return page, 422 if form.errors else 200


def _currencies(period: str) -> list[str]:
    """Those of the members of the key in force and of our sisters, and our own; the euro needs no rate."""
    session = read_session()
    used = {site().currency, *(peer.currency for peer in peers.peers(session))}
    key = in_force(allocations.read_keys(session), period)
    if key is not None:
        used |= {member.currency for member in key.members_in(period)}
    return sorted(used - {EURO})


def _month(period: str) -> Month:
    try:
        return Month.parse(period)
    except InvalidInput:
        raise NotFound from None
