"""When shops are reminded."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.days import today
from billing.reminder import queries, services
from billing.reminder.forms import ReminderTermsForm
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _


def terms() -> ResponseReturnValue:
    known = queries.days_for(queries.terms(read_session()), today())
    return _page(ReminderTermsForm.posted(data={"days": ", ".join(map(str, known)), "valid_from": today()}))


def decide() -> ResponseReturnValue:
    form: ReminderTermsForm = ReminderTermsForm.posted()
    if form.accepted and form.valid_from.data:
        try:
            with transaction() as session:
                services.set_terms(session, actor=current_actor(), days=form.numbers(), valid_from=form.valid_from.data)
            flash(_("Reminders follow these days from now on."), "success")
            return redirect(url_for("reminder.terms"))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def _page(form: ReminderTermsForm) -> ResponseReturnValue:
    page = render_template("billing/reminder/terms.html", form=form)
    return page, 422 if form.errors else 200
