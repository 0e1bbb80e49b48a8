"""The basket: fill it from any page, look at it again, bring it up to date."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from coopcircuits.asked import whole_number
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import gettext, ngettext
from orders.cart import queries, services
from orders.cart.browser import current_owner, mark_basket
from orders.cart.forms import Quantities, read_quantities, shown_as
from orders.cart.services import Shortage
from orders.order_cycle import queries as cycles
from orders.shopfront import queries as shopfront
from orders.shopfront import views as shop_pages
from shops.enterprise.models import Enterprise


def baskets() -> ResponseReturnValue:
    """Every basket of this browser; the only one is shown at once."""
    found = queries.reviewed(read_session(), owner=current_owner())
    if len({basket.cart.shop_id for basket in found}) == 1:
        return redirect(url_for("cart.show", shop=found[0].cycle.shop.permalink))
    return render_template("orders/cart/baskets.html", baskets=found)


def show(shop: str) -> ResponseReturnValue:
    """The baskets of one shop: the present sale's, and those of past sales, with what changed since."""
    return _render(shop, Quantities())


def save(shop: str) -> ResponseReturnValue:
    """Put quantities in the basket, from the shop's page, a product's page or the basket itself."""
    form = request.form
    fields = read_quantities(form.items(), shown=form.get("shown", ""))
    if (removed := form.get("remove", type=int)) is not None:
        fields.changes[removed] = 0
    if not fields.errors:
        try:
            with transaction() as session:
                filled = _put(session, shop, fields)
                mark_basket(queries.count_pieces(session, owner=current_owner()) > 0)
        except DomainError as error:
            fields.refuse(error)
        else:
            for shortage in filled:
                flash(shortage_text(shortage), "warning")
            return redirect(_next_page(shop, stopped=bool(filled)))
    return _same_page(shop, fields), 422


def adjust(shop: str, reference: str) -> ResponseReturnValue:
    """Bring a basket to what can be ordered now."""
    with transaction() as session:
        enterprise, _version = shopfront.open_to(session, shop, _reader())
        cycle = cycles.cycle_of(session, shop_id=enterprise.id, reference=reference)
        services.adjust(session, owner=current_owner(), shop_id=enterprise.id, cycle_id=cycle.id)
        mark_basket(queries.count_pieces(session, owner=current_owner()) > 0)
    flash(gettext("Your basket now holds what can be ordered, at today’s prices."), "success")
    return redirect(url_for("cart.show", shop=shop))


def reuse(shop: str, reference: str) -> ResponseReturnValue:
    """Take the products of a past sale's basket into the present sale."""
    with transaction() as session:
        enterprise, _version = shopfront.open_to(session, shop, _reader())
        past = cycles.cycle_of(session, shop_id=enterprise.id, reference=reference)
        present = cycles.current_cycle(session, enterprise.id)
        filled = services.reuse(
            session,
            owner=current_owner(),
            shop_id=enterprise.id,
            past_cycle_id=past.id,
            cycle_id=present.id if present else past.id,
        )
    for shortage in filled.shortages:
        flash(shortage_text(shortage), "warning")
    return redirect(url_for("cart.show", shop=shop))


def discard(shop: str, reference: str) -> ResponseReturnValue:
    """Throw a past sale's basket away, because its owner said so."""
    with transaction() as session:
        enterprise, _version = shopfront.open_to(session, shop, _reader())
        cycle = cycles.cycle_of(session, shop_id=enterprise.id, reference=reference)
        services.discard(session, owner=current_owner(), cycle_id=cycle.id)
        mark_basket(queries.count_pieces(session, owner=current_owner()) > 0)
    return redirect(url_for("cart.show", shop=shop))


def shortage_text(shortage: Shortage) -> str:
    """What happened to a quantity that could not be served, and what was done about it."""
    offer = shortage.offer
    product = f"{offer.product_name}, {offer.variant_name}" if offer.variant_name else offer.product_name
    if shortage.left == 0:
        return gettext("“%(product)s” is no longer available, so it was not added to your basket.", product=product)
    return ngettext(
        "Only %(num)s of “%(product)s” is left. We kept it in your basket; nothing has been paid.",
        "Only %(num)s of “%(product)s” are left. We kept %(num)s in your basket; nothing has been paid.",
        shortage.left,
        product=product,
    )


def _put(session: Session, permalink: str, fields: Quantities) -> list[Shortage]:
    shop, _version = shopfront.open_to(session, permalink, _reader())
    if not fields.changes:
        return []
    cycle = cycles.cycle_of(session, shop_id=shop.id, reference=request.form.get("cycle", ""))
    filled = services.put(session, owner=current_owner(), shop_id=shop.id, cycle_id=cycle.id, quantities=fields.changes)
    return list(filled.shortages)


def _next_page(shop: str, *, stopped: bool) -> str:
    if request.args.get("then") == "checkout" and not stopped:
        return url_for("checkout.show", shop=shop)
    return url_for("cart.show", shop=shop)


def _same_page(shop: str, fields: Quantities) -> str:
    """The page that was posted, with everything typed still there."""
    session, page = read_session(), request.form.get("page")
    if page == "shop":
        return shop_pages.render_stall(shopfront.stall(session, permalink=shop, user_id=_reader()), fields)
    product_id = whole_number(request.form.get("product", ""))
    if page == "product" and product_id is not None:
        found = shopfront.product_page(session, permalink=shop, product_id=product_id, user_id=_reader())
        return shop_pages.render_product(found, fields)
    return _render(shop, fields)


def _render(permalink: str, fields: Quantities) -> str:
    session = read_session()
    shop: Enterprise
    shop, _version = shopfront.open_to(session, permalink, _reader())
    found = queries.reviewed(session, owner=current_owner(), shop_id=shop.id)
    present = cycles.current_cycle(session, shop.id)
    current = next((basket for basket in found if present and basket.cycle.id == present.id), None)
    return render_template(
        "orders/cart/show.html",
        shop=shop,
        present=present,
        basket=current,
        others=[basket for basket in found if basket is not current],
        fields=fields,
        held=current.held if current else {},
        shown=shown_as(current.held) if current else "",
    )


def _reader() -> int | None:
    return current_user.user_id if current_user.is_authenticated else None
