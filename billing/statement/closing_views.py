"""A month being closed: how far it is, and the button for when nobody works on it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.statement import queries, services
from billing.statement.closing import close_month
from billing.statement.words import closed_sentence
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound


def close(period: str) -> ResponseReturnValue:
    """Fix what the month counts; write its statements at once where they are few, else leave them to the worker.

    The same page shows how far it is, and what came of it.
    """
    month = month_in(period)
    try:
        with transaction() as session:
            services.start_closing(session, month=month, actor=current_actor())
            is_long = queries.is_long_work(session)
        if not is_long:
            close_month(transaction, month=month, actor=current_actor())
        return redirect(url_for("statement.closing", period=period))
    except DomainError as error:
        flash(str(error), "danger")
    return redirect(url_for("review.dashboard"))


def closing(period: str) -> ResponseReturnValue:
    session = read_session()
    found = queries.closing_of(session, str(month_in(period)))
    if found is None:
        raise NotFound
    done = queries.summary(session, period) if found.finished_at else None
    return render_template(
        "billing/statement/closing.html",
        closing=found,
        done=done,
        sentence=closed_sentence(done) if done else "",
    )


def finish(period: str) -> ResponseReturnValue:
    """Write the statements of a month whose closing was started and left."""
    if queries.closing_of(read_session(), str(month_in(period))) is None:
        raise NotFound
    try:
        close_month(transaction, month=month_in(period), actor=current_actor())
    except DomainError as error:
        flash(str(error), "danger")
    return redirect(url_for("statement.closing", period=period))
