"""The exchange rates of a month: which are needed, which are there, and entering one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.allocation import queries as allocations
from billing.commons.rates import EURO
from billing.commons.sharing_key import in_force
from billing.exchange_rate import queries, services, words
from billing.exchange_rate.ecb import MAX_BYTES
from billing.exchange_rate.forms import HistoryForm, RateForm
from billing.peer import queries as peers
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.i18n import _, gettext, ngettext
from coopcircuits.period import Month
from coopcircuits.site import site


def show(period: str) -> ResponseReturnValue:
    return _page(_month(period), RateForm(), HistoryForm())


def load(period: str) -> ResponseReturnValue:
    """Store the rates of every month in the file of the European Central Bank."""
    month, form, sent = _month(period), HistoryForm(), request.files.get("file")
    if sent is None or not sent.filename:
        form.file.errors = [gettext("Choose a file first.")]
        return _page(month, RateForm(), form)
    try:
        with transaction() as session:
            loaded = services.load_rates(session, actor=current_actor(), content=sent.stream.read(MAX_BYTES + 1))
    except DomainError as error:
        form.refuse(error)
        return _page(month, RateForm(), form)
    stored = ngettext("%(num)s rate is stored.", "%(num)s rates are stored.", loaded.stored)
    flash(stored if loaded.stored else _("All rates of this file were known."), "success")
    return redirect(url_for("exchange_rate.show", period=str(month)))


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
    return _page(month, form, HistoryForm())


def _page(month: Month, form: RateForm, history: HistoryForm) -> ResponseReturnValue:
    session, period = read_session(), str(month)
    currencies, known = _currencies(period), queries.rates_for(session, period)
    page = render_template(
        "billing/exchange_rate/show.html",
        period=period,
        lines=[(currency, known.get(currency)) for currency in currencies],
        form=form.offer(currencies),
        history=history,
        settled=period in allocations.locked_periods(session),
        rate_words=words,
    )
    return page, 422 if form.errors or history.errors else 200


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
