"""One statement as the cooperative works on it."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.addresses import month_in
from billing.errors import StatementChanged
from billing.review.forms import AdjustForm, DecisionForm, WaiveForm
from billing.statement import queries, services
from billing.statement.history import history_of
from billing.statement.models import Statement
from billing.statement.views import lines_shown, pdf_response
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.i18n import _
from shops.enterprise import queries as enterprises


def statement(shop: str, period: str) -> ResponseReturnValue:
    return _page(_found(shop, period))


def pdf(shop: str, period: str) -> ResponseReturnValue:
    return pdf_response(_found(shop, period))


def adjust(shop: str, period: str) -> ResponseReturnValue:
    form = AdjustForm.posted()

    def decide(session: Session, found: Statement) -> None:
        services.adjust(
            session,
            actor=current_actor(),
            statement_id=found.id,
            seen_version=form.seen_version,
            amount=form.amount.data,
            reason=form.reason.data,
        )

    return _decide(shop, period, form, decide, _("The statement is adjusted."))


def waive(shop: str, period: str) -> ResponseReturnValue:
    form = WaiveForm.posted()

    def decide(session: Session, found: Statement) -> None:
        services.waive(
            session,
            actor=current_actor(),
            statement_id=found.id,
            seen_version=form.seen_version,
            reason=form.reason.data,
        )

    return _decide(shop, period, form, decide, _("This shop pays nothing for this month."))


def approve_one(shop: str, period: str) -> ResponseReturnValue:
    form = DecisionForm.posted()

    def decide(session: Session, found: Statement) -> None:
        if not services.approve(session, actor=current_actor(), seen={found.id: form.seen_version}):
            raise StatementChanged

    return _decide(shop, period, form, decide, _("The statement is approved. The shop gets it by mail."))


def undo(shop: str, period: str) -> ResponseReturnValue:
    form = DecisionForm.posted()

    def decide(session: Session, found: Statement) -> None:
        services.undo_approval(session, actor=current_actor(), statement_id=found.id, seen_version=form.seen_version)

    return _decide(shop, period, form, decide, _("The statement is to be checked again."))


def _decide(
    shop: str, period: str, form: DecisionForm, decide: Callable[[Session, Statement], None], done: str
) -> ResponseReturnValue:
    """Carry a decision out, or say why not: what was mistyped stays beside the form, the rest above the page."""
    found = _found(shop, period)
    if found.is_provisional:
        raise NotFound
    if not form.accepted:
        return _page(found, form)
    try:
        with transaction() as session:
            decide(session, found)
    except InvalidInput as error:
        form.refuse(error)
        return _page(found, form)
    except DomainError as error:
        flash(str(error), "warning")
    else:
        flash(done, "success")
    return redirect(url_for("review.statement", shop=shop, period=period))


def _found(shop: str, period: str) -> Statement:
    session = read_session()
    enterprise = enterprises.by_permalink(session, shop)
    return queries.month_of(session, enterprise=enterprise, month=month_in(period))


def _page(found: Statement, form: DecisionForm | None = None) -> ResponseReturnValue:
    page = render_template(
        "billing/review/statement.html",
        statement=found,
        history=[] if found.is_provisional else history_of(read_session(), found, names=True),
        adjust_form=form if isinstance(form, AdjustForm) else AdjustForm(),
        waive_form=form if isinstance(form, WaiveForm) else WaiveForm(),
        **lines_shown(found),
    )
    return page, 422 if form else 200
