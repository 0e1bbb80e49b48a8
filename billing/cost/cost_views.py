"""One cost: its receipts, what was done to it, its correction."""

from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.cost import queries, services
from billing.cost.forms import CorrectionForm, ReceiptForm, RemovalForm
from billing.cost.history import history_of
from billing.cost.models import Cost
from billing.cost.views import offer_months
from billing.cost.words import CATEGORIES, KINDS, SCOPES
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.files import download, sent_document
from coopcircuits.forms import Form
from coopcircuits.i18n import _, gettext


def show(cost_id: int) -> ResponseReturnValue:
    return _page(cost_id)


def correct(cost_id: int) -> ResponseReturnValue:
    form = _correction(queries.cost_of(read_session(), cost_id))
    if form.accepted:
        try:
            with transaction() as session:
                services.correct_cost(
                    session,
                    actor=current_actor(),
                    cost_id=cost_id,
                    seen_version=cast(int, form.version.data),
                    cost=form.spec(),
                    reason=form.reason.data or "",
                )
            flash(_("The cost is corrected."), "success")
            return redirect(url_for("cost.show", cost_id=cost_id))
        except DomainError as error:
            form.refuse(error)
    return _page(cost_id, correction=form)


def remove(cost_id: int) -> ResponseReturnValue:
    form: RemovalForm = RemovalForm.posted(prefix="removal-")
    try:
        if form.accepted:
            with transaction() as session:
                cost = services.remove_cost(
                    session, actor=current_actor(), cost_id=cost_id, reason=form.reason.data or ""
                )
            flash(_("“%(label)s” is no longer in the register.", label=cost.label), "success")
            return redirect(url_for("cost.index", period=cost.period))
    except InvalidInput as error:
        form.refuse(error)
    return _page(cost_id, removal=form)


def attach(cost_id: int) -> ResponseReturnValue:
    form = ReceiptForm()
    try:
        sent = sent_document(request.files.get("receipt"), field="receipt")
        if sent is not None:
            with transaction() as session:
                services.attach_receipt(session, actor=current_actor(), cost_id=cost_id, receipt=sent)
            flash(_("The receipt is kept."), "success")
            return redirect(url_for("cost.show", cost_id=cost_id))
        form.receipt.errors = [gettext("Choose a file first.")]
    except InvalidInput as error:
        form.refuse(error)
    return _page(cost_id, receipt=form)


def receipt(cost_id: int, receipt_id: int) -> ResponseReturnValue:
    found = queries.receipt_of(read_session(), cost_id=cost_id, receipt_id=receipt_id)
    return download(found.content, name=found.name, kind=found.kind)


def detach(cost_id: int, receipt_id: int) -> ResponseReturnValue:
    with transaction() as session:
        services.detach_receipt(session, actor=current_actor(), cost_id=cost_id, receipt_id=receipt_id)
    flash(_("The receipt is taken away."), "success")
    return redirect(url_for("cost.show", cost_id=cost_id))


def _correction(cost: Cost) -> CorrectionForm:
    values = {name: getattr(cost, name) for name in ("label", "amount", "tax", "minutes", "spent_on", "version")}
    chosen = {"category": cost.category.value, "kind": cost.kind.value, "scope": cost.scope.value, "month": cost.period}
    form: CorrectionForm = CorrectionForm.posted(data={**values, **chosen})
    offer_months(form, cost.period)
    return form


def _page(cost_id: int, **posted: Form) -> ResponseReturnValue:
    session = read_session()
    cost = queries.cost_of(session, cost_id)
    forms: dict[str, Form] = {
        "correction": posted.get("correction") or _correction(cost),
        "removal": posted.get("removal") or RemovalForm(prefix="removal-"),
        "receipt": posted.get("receipt") or ReceiptForm(),
    }
    page = render_template(
        "billing/cost/show.html",
        cost=cost,
        forms=forms,
        others=queries.others_proved_by(session, cost),
        history=history_of(session, cost),
        categories=CATEGORIES,
        kinds=KINDS,
        scopes=SCOPES,
    )
    return page, 422 if posted else 200
