"""The cash of the cooperative, month by month."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.treasury import queries, services
from billing.treasury.errors import BalanceChanged
from billing.treasury.forms import BalanceForm, CorrectionForm
from billing.treasury.history import history_of
from billing.treasury.models import CashBalance
from billing.treasury.runway import step_of
from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.forms import select_options
from coopcircuits.i18n import _
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import month_text


def index() -> ResponseReturnValue:
    return _index(_in_currency(BalanceForm(data={"period": request.args.get("period")})))


def note() -> ResponseReturnValue:
    form = _in_currency(BalanceForm.posted())
    if form.accepted:
        try:
            with transaction() as session:
                row = services.note_balance(
                    session,
                    actor=current_actor(),
                    month=Month.parse(form.period.data),
                    amount=form.amount.data,
                    remark=form.remark.data or "",
                )
            flash(_("The end of %(month)s is noted.", month=month_text(row.period)), "success")
            return redirect(url_for("treasury.index"))
        except DomainError as error:
            form.refuse(error)
    return _index(form)


def show(period: str) -> ResponseReturnValue:
    return _show(queries.balance_of(read_session(), period))


def correct(period: str) -> ResponseReturnValue:
    form = _in_currency(CorrectionForm.posted())
    if form.accepted:
        try:
            with transaction() as session:
                services.correct_balance(
                    session,
                    actor=current_actor(),
                    period=period,
                    seen_version=form.version.data,
                    amount=form.amount.data,
                    remark=form.remark.data or "",
                    reason=form.reason.data or "",
                )
            flash(_("The balance is corrected."), "success")
            return redirect(url_for("treasury.show", period=period))
        except BalanceChanged as error:
            form.refuse(error)
            # Whoever reads what it is now may send again what they typed.
            form.version.raw_data, form.version.data = None, queries.balance_of(read_session(), period).version
        except DomainError as error:
            form.refuse(error)
    return _show(queries.balance_of(read_session(), period), form)


def _index(form: Any) -> ResponseReturnValue:
    session, last = read_session(), Month.of(clock.now(), site().zone).plus(-1)
    ends = queries.month_ends(session, last)
    noted = {end.period for end in ends if end.balance}
    missing = [period for period in reversed(queries.months_up_to(last)) if period not in noted]
    offered = dict.fromkeys([*_refused(form), *missing])
    form.period.choices = select_options((period, month_text(period)) for period in offered)
    page = render_template(
        "billing/treasury/index.html",
        form=form,
        last=str(last),
        ends=ends,
        missing=missing,
        step=step_of(site().currency),
    )
    return page, 422 if form.errors else 200


def _refused(form: Any) -> list[str]:
    """The month that was typed and cannot be noted: it stays chosen beside the reason."""
    try:
        return [str(Month.parse(form.period.data or ""))] if form.period.errors else []
    except InvalidInput:
        return []


def _show(balance: CashBalance, form: Any = None) -> ResponseReturnValue:
    session = read_session()
    known = {name: getattr(balance, name) for name in ("version", "amount", "remark")}
    page = render_template(
        "billing/treasury/show.html",
        balance=balance,
        position=queries.position_of(session, balance.period),
        told=queries.told(session).get(balance.period),
        form=form or _in_currency(CorrectionForm(data=known)),
        history=history_of(session, balance),
    )
    return page, 422 if form else 200


def _in_currency(form: Any) -> Any:
    form.amount.currency = site().currency
    return form
