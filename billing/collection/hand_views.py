"""Money that came by cheque or in cash, written down by somebody of the cooperative."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.collection import services
from billing.collection.forms import HandForm
from billing.collection.models import ReceiptMethod
from billing.collection.payers import chosen_payer, payer_choices
from billing.days import today
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.references import new_reference


def new() -> ResponseReturnValue:
    return _page(_form())


def record() -> ResponseReturnValue:
    form = _form()
    if form.accepted:
        shop_id, invoice_id = chosen_payer(form.payer.data)
        try:
            with transaction() as session:
                receipt = services.record_by_hand(
                    session,
                    enterprise_id=shop_id,
                    invoice_id=invoice_id,
                    method=ReceiptMethod(form.method.data),
                    amount=form.amount.data or 0,
                    received_on=form.received_on.data or today(),
                    today=today(),
                    reference=form.reference.data or "",
                    key=_key(),
                    actor=current_actor(),
                )
            flash(_("The money is recorded."), "success")
            return redirect(url_for("collection.show", receipt_id=receipt.id))
        except DomainError as error:
            form.refuse(error)
    return _page(form)


def _form() -> HandForm:
    form: HandForm = HandForm.posted(data={"received_on": today(), "payer": request.args.get("payer", "")})
    form.offer_methods()
    form.payer.choices = payer_choices(read_session(), form.payer.data or "")
    return form


def _key() -> str:
    """The form's own, so that a second press gives the receipt of the first."""
    return request.form.get("key", "")[:40] or new_reference(12)


def _page(form: HandForm) -> ResponseReturnValue:
    page = render_template("billing/collection/new.html", form=form, key=_key())
    return page, 422 if form.errors else 200
