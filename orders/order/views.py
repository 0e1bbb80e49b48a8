"""An order's page by its link: see it, change it, cancel it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import database, read_session, settings, transaction
from coopcircuits.errors import DomainError
from coopcircuits.forms import read_quantity
from coopcircuits.i18n import _
from coopcircuits.payments.errors import ProviderError
from orders.order import queries, services
from orders.order.models import Order, OrderState
from orders.order.page import OrderPage, load, qr
from orders.order.services import Change, check_change, plan_change
from orders.order_cycle.models import CycleState
from orders.order_cycle.queries import current_cycle
from orders.payment import provider
from orders.payment.queries import card_payment
from shops.addresses import management_url
from shops.errors import OutOfStock
from shops.payment_method.provider import gateway


def mine() -> ResponseReturnValue:
    """The orders of the person who is signed in."""
    found = queries.orders_of(read_session(), user_id=current_user.user_id)
    return render_template("orders/order/mine.html", orders=found)


def show(reference: str, secret: str) -> ResponseReturnValue:
    page = _page(reference, secret)
    check_in = f"{settings().base_url}{management_url(page.order.shop.permalink)}/orders/{reference}"
    code = qr(check_in, _("Order %(reference)s", reference=reference))
    cycle = current_cycle(read_session(), page.order.shop_id)
    return render_template(
        "orders/order/show.html",
        page=page,
        order=page.order,
        shop=page.order.shop,
        code=code,
        sells_now=cycle is not None and cycle.state is CycleState.OPEN,
    )


def change(reference: str, secret: str) -> ResponseReturnValue:
    """New quantities, and what they would do, before anything is done."""
    page = _page(reference, secret)
    if not page.can_change:
        return _closed(page.order)
    return _render_change(page)


def save_change(reference: str, secret: str) -> ResponseReturnValue:
    """Do what the preview said."""
    page = _page(reference, secret)
    try:
        with transaction() as session:
            services.change_quantities(
                session,
                order_id=page.order.id,
                quantities=_asked(page)[0],
                agreed_total=request.form.get("agreed_total", -1, type=int),
                actor=current_actor(),
            )
    except OutOfStock as error:
        return _render_change(_page(reference, secret), _short(page, error)), 422
    except DomainError as error:
        return _render_change(_page(reference, secret), [str(error)]), 422
    flash(_("Your order is changed. A mail confirms it."), "success")
    return redirect(url_for("order.show", reference=reference, secret=secret), 303)


def ask_cancel(reference: str, secret: str) -> ResponseReturnValue:
    """What cancelling would do, before it is done."""
    page = _page(reference, secret)
    if not page.can_cancel:
        return _closed(page.order)
    return render_template("orders/order/cancel.html", page=page, order=page.order, shop=page.order.shop)


def cancel(reference: str, secret: str) -> ResponseReturnValue:
    order = _page(reference, secret).order
    was_waiting = order.state is OrderState.AWAITING_PAYMENT
    try:
        with transaction() as session:
            services.cancel(session, order_id=order.id, actor=current_actor())
        flash(_("Your order is cancelled."), "success")
    except DomainError as error:
        flash(str(error), "warning")
    if was_waiting:
        _close_page(order)
    return redirect(url_for("order.show", reference=reference, secret=secret), 303)


def _close_page(order: Order) -> None:
    """Nobody should pay on the card page that may be open in another tab."""
    payment = card_payment(read_session(), order_id=order.id)
    try:
        if payment is not None:
            provider.look_again(database(), gateway(), payment_id=payment.id)
    except ProviderError:
        pass  # the reconciliation does it within a minute


def _page(reference: str, secret: str) -> OrderPage:
    session = read_session()
    return load(session, queries.by_link(session, reference=reference, secret=secret))


def _closed(order: Order) -> ResponseReturnValue:
    flash(_("This order cannot be changed here any more."), "warning")
    return redirect(url_for("order.show", reference=order.reference, secret=order.link_secret), 303)


def _asked(page: OrderPage) -> tuple[dict[int, int], dict[int, str]]:
    """The quantities asked for by line id, and what is wrong with those that are no numbers."""
    asked, wrong = {}, {}
    for line in page.lines:
        typed = request.values.get(f"q{line.id}", "").strip()
        try:
            if typed:
                asked[line.id] = read_quantity(typed)
        except ValueError as error:
            wrong[line.id] = str(error)
    return asked, wrong


def _render_change(page: OrderPage, problems: list[str] | None = None) -> str:
    asked, wrong = _asked(page)
    planned: Change | None = None
    problems = problems or [_("%(product)s: %(problem)s", product=_name(page, i), problem=p) for i, p in wrong.items()]
    if asked and not problems:
        try:
            planned = plan_change(page.order, page.lines, asked)
            check_change(read_session(), order=page.order, lines=page.lines, change=planned)
        except DomainError as error:
            planned, problems = None, [str(error)]
    return render_template(
        "orders/order/change.html",
        page=page,
        order=page.order,
        shop=page.order.shop,
        asked=asked,
        planned=planned if planned and planned.lines else None,
        unchanged=bool(planned and not planned.lines),
        problems=problems,
    )


def _short(page: OrderPage, error: OutOfStock) -> list[str]:
    held = {line.variant_id: line for line in page.lines}
    return [
        _(
            "%(product)s: %(left)s more can be had. Nothing has been changed.",
            product=_name(page, held[variant_id].id),
            left=left,
        )
        for variant_id, left in error.left.items()
    ]


def _name(page: OrderPage, line_id: int) -> str:
    return next(line.product_name for line in page.lines if line.id == line_id)
