"""The cooperative's pages: the months and the queue of statements."""

import re
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.review import queries, words
from billing.review.overview import overview
from billing.review.queries import PAGE, Shown
from billing.statement import queries as statements
from billing.statement import services
from coopcircuits.asked import asked_words, page_of
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import NotFound
from coopcircuits.i18n import _, ngettext
from coopcircuits.period import Month


def dashboard() -> ResponseReturnValue:
    return render_template("billing/review/dashboard.html", page=overview(read_session()), review_words=words)


def confirm_close(period: str) -> ResponseReturnValue:
    return render_template("billing/review/close.html", period=str(month_in(period)))


def queue() -> ResponseReturnValue:
    session = read_session()
    periods = statements.closed_periods(session)
    period = request.args.get("period") or (periods[0] if periods else "")
    if not periods:
        return render_template("billing/review/nothing.html")
    if period not in periods:
        raise NotFound
    shown, name = _shown(request.args.get("state", "")), asked_words()
    page = page_of(queries.how_many(session, period=period, shown=shown, name=name), PAGE)
    return render_template(
        "billing/review/queue.html",
        period=period,
        periods=periods,
        shown=shown,
        name=name,
        rows=queries.queue(session, period=period, shown=shown, name=name, page=page.number),
        page=page,
        counts=queries.counts(session, period),
        usual=len(queries.as_usual(session, period)),
        silent=queries.silent_shops(session, period),
        months={"last": str(Month.parse(period).plus(-1)), "year": str(Month.parse(period).plus(-12))},
        review_words=words,
    )


def _shown(text: str) -> Shown:
    """The part of the queue to show; without a word, what is to review."""
    return Shown(text) if text in set(Shown) else Shown.TO_REVIEW


def approve() -> ResponseReturnValue:
    """Approve what was ticked, all that the page showed, or all that gives no reason to look at it; what somebody else
    changed meanwhile stays."""
    which = request.form.get("which")
    seen = _read(request.form.getlist("shown" if which == "shown" else "approve"))
    with transaction() as session:
        if which == "usual":
            seen = queries.as_usual(session, str(month_in(request.form.get("period", ""))))
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
    return redirect(url_for("review.queue", **_kept(request.form), _anchor="queue"))


def _read(values: list[str]) -> dict[int, int]:
    """``"12.0"`` is statement 12 as it was at version 0."""
    pairs = (value.split(".") for value in values if re.fullmatch(r"\d{1,9}\.\d{1,9}", value, re.ASCII))
    return {int(number): int(version) for number, version in pairs}


def _kept(given: Mapping[str, str]) -> dict[str, Any]:
    """Where in the queue the reviewer was."""
    return {name: given[name] for name in ("period", "state", "q") if given.get(name)}
