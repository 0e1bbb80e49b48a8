"""A shop asks about its statement."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from billing.addresses import month_in
from billing.question import services
from billing.question.forms import AskForm
from billing.statement import queries as statements
from billing.statement.views import page
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from shops.permissions import current_enterprise


def ask(shop: str, period: str) -> ResponseReturnValue:
    form, month = AskForm.posted(), month_in(period)
    found = statements.statement_of(read_session(), enterprise_id=current_enterprise().id, period=str(month))
    if not form.accepted:
        return page(found, form)
    try:
        with transaction() as session:
            services.ask(session, statement_id=found.id, text=form.text.data, actor=current_actor())
    except DomainError as error:
        form.refuse(error)
        return page(found, form)
    flash(_("Your question is on its way. The cooperative answers here, and you get the answer by mail."), "success")
    return redirect(url_for("statement.show", shop=shop, period=period, _anchor="questions"))
