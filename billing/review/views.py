"""The cooperative's pages: the months and the queue of statements."""

import re
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.review import queries
from billing.review.overview import overview
from billing.review.queries import PAGE, Reason
from billing.statement import queries as statements
from billing.statement import services
from billing.statement.closing import close_month
from billing.statement.models import StatementState
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotFound
from coopcircuits.i18n import _, ngettext
from coopcircuits.templating import here, month_text


def dashboard() -> ResponseReturnValue:
    return render_template("billing/review/dashboard.html", page=overview(read_session()))


def confirm_close(period: str) -> ResponseReturnValue:
    return render_template("billing/review/close.html", period=str(month_in(period)))


def close(period: str) -> ResponseReturnValue:
    month = month_in(period)
    try:
        done = close_month(transaction, month=month, actor=current_actor())
    except DomainError as error:
        flash(str(error), "danger")
        return redirect(url_for("review.dashboard"))
    message = ngettext(
        "%(month)s is closed: %(num)s statement to check.",
        "%(month)s is closed: %(num)s statements to check.",
        done.statements,
        month=month_text(period).capitalize(),
    )
    flash(message, "success")
    return redirect(url_for("review.queue", period=period))


def queue() -> ResponseReturnValue:
    session = read_session()
    periods = statements.closed_periods(session)
    period = request.args.get("period") or (periods[0] if periods else "")
    if not periods:
        return render_template("billing/review/nothing.html")
    if period not in periods:
        raise NotFound
    state, name = _state(request.args.get("state", "")), request.args.get("q", "").strip()
    total = queries.how_many(session, period=period, state=state, name=name)
    pages = max(1, -(-total // PAGE))
    number = min(max(1, request.args.get("page", 1, int)), pages)
    return render_template(
        "billing/review/queue.html",
        period=period,
        periods=periods,
        state=state,
        name=name,
        rows=queries.queue(session, period=period, state=state, name=name, page=number),
        page={"number": number, "pages": pages, "url": lambda other: here(page=other)},
        states=queries.counts_by_state(session, period),
        silent=queries.silent_shops(session, period),
        reasons=reason_names(),
    )


def _state(text: str) -> StatementState | None:
    """The state to show; without a word, those to review."""
    return None if text == "all" else StatementState(text) if text in set(StatementState) else StatementState.TO_REVIEW


def reason_names() -> dict[Reason, tuple[str, str]]:
    """What deserves a look, in words, and the tone of its badge."""
    return {
        Reason.NEGATIVE: (_("More given back than sold"), "danger"),
        Reason.DOWN: (_("Down by half or more"), "warning"),
        Reason.UP: (_("Up by half or more"), "warning"),
        Reason.NEW: (_("First statement"), "info"),
        Reason.SCHEME: (_("Scheme changed"), "info"),
        Reason.LATE: (_("Counts late entries"), "info"),
        Reason.WAIVED: (_("Waived"), "quiet"),
        Reason.ADJUSTED: (_("Adjusted"), "quiet"),
    }


def approve() -> ResponseReturnValue:
    """Approve what was ticked, or all that the page showed; what somebody else changed meanwhile stays."""
    seen = _read(request.form.getlist("shown" if request.form.get("which") == "shown" else "approve"))
    with transaction() as session:
        approved = services.approve(session, actor=current_actor(), seen=seen)
    if approved:
        flash(ngettext("%(num)s statement approved.", "%(num)s statements approved.", len(approved)), "success")
    if left := len(seen) - len(approved):
        message = ngettext(
            "%(num)s statement was changed by somebody else in the meantime and stays as it is.",
            "%(num)s statements were changed by somebody else in the meantime and stay as they are.",
            left,
        )
        flash(message, "warning")
    if not seen:
        flash(_("Tick the statements to approve first."), "info")
    return redirect(url_for("review.queue", **_kept(request.form)))


def _read(values: list[str]) -> dict[int, int]:
    """``"12.0"`` is statement 12 as it was at version 0."""
    pairs = (value.split(".") for value in values if re.fullmatch(r"\d{1,9}\.\d{1,9}", value, re.ASCII))
    return {int(number): int(version) for number, version in pairs}


def _kept(given: Mapping[str, str]) -> dict[str, Any]:
    """Where in the queue the reviewer was."""
    return {name: given[name] for name in ("period", "state", "q") if given.get(name)}
