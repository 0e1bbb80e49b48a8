"""One statement as the cooperative works on it."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.addresses import month_in
from billing.question import services as questions
from billing.question.exchange import exchange_of
from billing.review import queries as review
from billing.review import words
from billing.review.forms import AdjustForm, AnswerForm, DecisionForm, WaiveForm
from billing.review.order_lines import order_entries
from billing.statement import queries, services
from billing.statement.errors import StatementChanged
from billing.statement.history import history_of
from billing.statement.models import Statement
from billing.statement.views import lines_shown, pdf_response
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
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


def answer(shop: str, period: str) -> ResponseReturnValue:
    form = AnswerForm.posted()

    def decide(session: Session, found: Statement) -> None:
        questions.answer(
            session,
            actor=current_actor(),
            statement_id=found.id,
            seen_version=form.seen_version,
            text=form.text.data,
        )

    return _decide(shop, period, form, decide, _("Sent. The shop gets your answer by mail."))


def settle(shop: str, period: str) -> ResponseReturnValue:
    form = DecisionForm.posted()

    def decide(session: Session, found: Statement) -> None:
        questions.settle(session, actor=current_actor(), statement_id=found.id, seen_version=form.seen_version)

    return _decide(shop, period, form, decide, _("The question is settled."))


def order(shop: str, period: str, reference: str) -> ResponseReturnValue:
    """One order of a statement, entry by entry."""
    found = _found(shop, period)
    entries = order_entries(read_session(), shop_id=found.enterprise_id, reference=reference)
    return render_template("billing/review/order.html", statement=found, reference=reference, entries=entries)


def _decide(
    shop: str, period: str, form: DecisionForm, decide: Callable[[Session, Statement], None], done: str
) -> ResponseReturnValue:
    """Carry a decision out, or say why not, with everything typed still there.

    Where somebody else was quicker the page says what they did; pressing again then decides in full knowledge.
    """
    found = _found(shop, period)
    if found.is_provisional:
        raise NotFound
    if not form.accepted:
        return _page(found, form)
    try:
        with transaction() as session:
            decide(session, found)
    except StatementChanged:
        return _page(_found(shop, period), form, is_outdated=True)
    except DomainError as error:
        form.refuse(error)
        return _page(found, form)
    flash(done, "success")
    return redirect(url_for("review.statement", shop=shop, period=period))


def _found(shop: str, period: str) -> Statement:
    session = read_session()
    enterprise = enterprises.by_permalink(session, shop)
    return queries.month_of(session, enterprise=enterprise, month=month_in(period))


def _page(found: Statement, form: DecisionForm | None = None, *, is_outdated: bool = False) -> ResponseReturnValue:
    session, is_written = read_session(), not found.is_provisional
    history = history_of(session, found, names=True) if is_written else []
    seen = form.seen_version if form and is_outdated else found.version
    page = render_template(
        "billing/review/statement.html",
        statement=found,
        row=review.row_of(session, found) if is_written else None,
        following=review.following(session, found) if is_written else None,
        exchange=exchange_of(session, found, names=True) if is_written else None,
        history=history,
        #: Each version is one line of the history.
        news=history[: max(0, found.version - seen)] if is_outdated else None,
        adjust_form=form if isinstance(form, AdjustForm) else AdjustForm(),
        waive_form=form if isinstance(form, WaiveForm) else WaiveForm(),
        answer_form=form if isinstance(form, AnswerForm) else AnswerForm(),
        refused=form.form_errors if form else [],
        review_words=words,
        **lines_shown(found),
    )
    return page, 409 if is_outdated else 422 if form else 200
