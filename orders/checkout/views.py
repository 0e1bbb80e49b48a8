"""The page on which a basket becomes an order."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from coopcircuits.auth.login import current_actor
from coopcircuits.doors import database, read_session, settings, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _, language
from coopcircuits.templating import money_text
from orders.cart.browser import current_owner, mark_basket
from orders.cart.queries import count_pieces
from orders.cart.views import shortage_text
from orders.checkout import queries, services
from orders.checkout.forms import CheckoutForm
from orders.checkout.page import CheckoutPage, places_left
from orders.errors import AmountMoved
from orders.order.models import Order, OrderState
from orders.order.queries import by_checkout_key, by_link
from orders.payment import provider
from shops.payment_method.models import PaymentKind
from shops.payment_method.provider import gateway, has_provider


def show(shop: str) -> ResponseReturnValue:
    page = _page(shop)
    if page is None:
        return _nothing_to_order(shop)
    return _render(page, CheckoutForm.of(page, _kinds(page)))


def place(shop: str) -> ResponseReturnValue:
    """Make the order, once: a second press, another tab or the back button lead to the order already made."""
    key = request.form.get("checkout_key", "")
    if made := by_checkout_key(read_session(), key):
        flash(_("This basket has already been ordered: here is the order."), "info")
        return redirect(order_url(made), 303)
    page = _page(shop)
    if page is None:
        return _nothing_to_order(shop)
    form = CheckoutForm.of(page, _kinds(page))
    if form.accepted:
        try:
            return _after(_place(form, page, key))
        except AmountMoved:
            total = money_text(page.amounts(form.slot_id).total, page.shop.currency)
            form.form_errors.append(
                _("The total is %(total)s with the pickup that you chose. Please check it, then order.", total=total)
            )
        except DomainError as error:
            form.refuse(error)
            page = _page(shop) or page
    return _render(page, form), 422


def again(reference: str, secret: str) -> ResponseReturnValue:
    """Fill the basket with what an order held: to order it again, or after a payment that did not come."""
    with transaction() as session:
        order = by_link(session, reference=reference, secret=secret)
        filled = services.refill(session, owner=current_owner(), order=order)
        mark_basket(bool(filled.cart.lines))
        shop = order.shop.permalink
    for shortage in filled.shortages:
        flash(shortage_text(shortage), "warning")
    return redirect(url_for("cart.show", shop=shop), 303)


def _place(form: CheckoutForm, page: CheckoutPage, key: str) -> Order:
    """The order. With a million of them, one in a million draws a reference that is taken, and draws again."""
    try:
        return _in_one_transaction(form, page, key)
    except IntegrityError:
        return _in_one_transaction(form, page, key)


def _in_one_transaction(form: CheckoutForm, page: CheckoutPage, key: str) -> Order:
    with transaction() as session:
        return services.place_order(
            session,
            actor=current_actor(),
            cart_id=page.basket.cart.id,
            checkout_key=key,
            cart_version=request.form.get("cart_version", 0, type=int),
            contact=form.contact,
            slot_id=form.slot_id or 0,
            payment_kind=PaymentKind(form.payment.data),
            note=(form.note.data or "").strip(),
            language=language(),
            shown_total=request.form.get("shown_total", -1, type=int),
        )


def _after(order: Order) -> ResponseReturnValue:
    """To the payment page for a card, else to the order."""
    mark_basket(count_pieces(read_session(), owner=current_owner()) > 0)
    if order.state is not OrderState.AWAITING_PAYMENT:
        flash(_("Thank you, your order is confirmed. A mail is on its way to %(email)s.", email=order.email), "success")
        return redirect(order_url(order), 303)
    try:
        return redirect(provider.open_page(database(), gateway(), order_id=order.id, base_url=settings().base_url), 303)
    except DomainError as error:
        flash(str(error), "warning")
        return redirect(order_url(order), 303)


def order_url(order: Order) -> str:
    """The order's page by link."""
    return url_for("order.show", reference=order.reference, secret=order.link_secret)


def _page(shop: str) -> CheckoutPage | None:
    return queries.checkout_page(read_session(), permalink=shop, owner=current_owner())


def _kinds(page: CheckoutPage) -> list[PaymentKind]:
    """What can be chosen to pay; cards only where this instance has a provider."""
    return [method.kind for method in page.methods if method.kind is not PaymentKind.CARD or has_provider()]


def _nothing_to_order(shop: str) -> ResponseReturnValue:
    flash(_("Your basket is empty: choose something first."), "info")
    return redirect(url_for("shopfront.show", shop=shop), 303)


def _render(page: CheckoutPage, form: CheckoutForm) -> str:
    kinds = _kinds(page)
    return render_template(
        "orders/checkout/show.html",
        page=page,
        shop=page.shop,
        form=form,
        methods=[method for method in page.methods if method.kind in kinds],
        amounts=page.amounts(form.slot_id),
        fee_is_known=page.knows_fee(form.slot_id),
        places_left=places_left,
    )
