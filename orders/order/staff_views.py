"""An order as the shop's people see it, and what they do with it."""

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.language import back_to
from orders.order import queries, services
from orders.order.forms import CancelForm, RefundForm
from orders.order.page import load, names_of
from orders.payment import services as payments
from shops.permissions import current_enterprise


def manage(shop: str, reference: str) -> ResponseReturnValue:
    return _render(reference, CancelForm(), RefundForm())


def collect(shop: str, reference: str) -> ResponseReturnValue:
    if "paid" in request.form:
        return _do(shop, reference, _("Handed over and paid."), partial(services.mark_collected, paid=True))
    return _do(shop, reference, _("Handed over."), services.mark_collected)


def uncollect(shop: str, reference: str) -> ResponseReturnValue:
    return _do(shop, reference, _("Not handed over."), services.undo_collected)


def receive(shop: str, reference: str, payment_id: int) -> ResponseReturnValue:
    return _do(shop, reference, _("Payment received."), payments.receive, payment_id=payment_id)


def undo_receipt(shop: str, reference: str, payment_id: int) -> ResponseReturnValue:
    return _do(shop, reference, _("Payment not received."), payments.undo_receipt, payment_id=payment_id)


def confirm_refund(shop: str, reference: str, refund_id: int) -> ResponseReturnValue:
    return _do(shop, reference, _("Money given back."), payments.confirm_refund, refund_id=refund_id)


def retry_refund(shop: str, reference: str, refund_id: int) -> ResponseReturnValue:
    said = _("The refund will be tried again within a few minutes.")
    return _do(shop, reference, said, payments.retry_refund, refund_id=refund_id)


def cancel_by_shop(shop: str, reference: str) -> ResponseReturnValue:
    form = CancelForm.posted()
    if form.accepted:
        order = queries.by_shop(read_session(), shop_id=current_enterprise().id, reference=reference)
        try:
            with transaction() as session:
                services.cancel(
                    session, order_id=order.id, actor=current_actor(), reason=form.reason.data or "", by_shop=True
                )
            flash(_("The order is cancelled and the shopper is told."), "success")
            return redirect(url_for("order.manage", shop=shop, reference=reference), 303)
        except DomainError as error:
            form.refuse(error)
    return _render(reference, form, RefundForm()), 422


def refund_part(shop: str, reference: str) -> ResponseReturnValue:
    order = queries.by_shop(read_session(), shop_id=current_enterprise().id, reference=reference)
    form = RefundForm.of(order.currency)
    if form.accepted:
        try:
            with transaction() as session:
                payments.refund_part(
                    session,
                    order_id=order.id,
                    shop_id=order.shop_id,
                    amount=form.amount.data or 0,
                    reason=form.reason.data or "",
                    actor=current_actor(),
                )
            flash(_("The refund is on its way."), "success")
            return redirect(url_for("order.manage", shop=shop, reference=reference), 303)
        except DomainError as error:
            form.refuse(error)
    return _render(reference, CancelForm(), form), 422


def _do(shop: str, reference: str, said: str, act: Callable[..., object], **which: int) -> ResponseReturnValue:
    """Do one thing to the order, or to the payment or refund named, and go back to where the button was."""
    order = queries.by_shop(read_session(), shop_id=current_enterprise().id, reference=reference)
    which = which or {"order_id": order.id}
    try:
        with transaction() as session:
            act(session, **which, shop_id=order.shop_id, actor=current_actor())
        flash(said, "success")
    except DomainError as error:
        flash(str(error), "warning")
    default = url_for("order.manage", shop=shop, reference=reference)
    return redirect(back_to(request.form.get("back", ""), default), 303)


def _render(reference: str, cancelling: CancelForm, refunding: RefundForm) -> str:
    session = read_session()
    page = load(session, queries.by_shop(session, shop_id=current_enterprise().id, reference=reference))
    return render_template(
        "orders/order/manage.html",
        page=page,
        order=page.order,
        history=page.history(names=names_of(session, page.events)),
        cancelling=cancelling,
        refunding=refunding,
    )
