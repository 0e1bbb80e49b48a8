"""A shop's page and the pages of its products."""

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from coopcircuits import money, page_cache
from coopcircuits.asked import asked_words, whole_number
from coopcircuits.doors import read_session
from coopcircuits.i18n import _
from coopcircuits.templating import money_text, rate_text
from orders.cart import queries as carts
from orders.cart.browser import current_owner, may_have_basket
from orders.cart.forms import Quantities, shown_as
from orders.offer.models import Offer
from orders.shopfront import queries
from orders.shopfront.page import ProductPage, Stall
from shops.product.categories import category_name
from shops.product.models import Category


def show(shop: str) -> ResponseReturnValue:
    """The shop: who they are, what is on sale until when, everything on one page."""
    stall = queries.stall(read_session(), permalink=shop, user_id=_reader())
    if not stall.shop.is_shop:
        return redirect(url_for("enterprise.public", enterprise=shop))
    if request.query_string.decode() in ("", f"category={_category()}"):
        page_cache.keep(subject=stall.shop.id, version=stall.version, until=stall.good_until)
    return render_stall(stall, Quantities())


def product(shop: str, product_id: int) -> ResponseReturnValue:
    """One product: every unit in which it is sold, who grew it, where each euro goes."""
    page = queries.product_page(read_session(), permalink=shop, product_id=product_id, user_id=_reader())
    if not request.query_string:
        page_cache.keep(subject=page.shop.id, version=page.version, until=page.good_until)
    return render_product(page, Quantities())


def render_stall(stall: Stall, fields: Quantities) -> str:
    """The shop's page with what was typed in its fields."""
    held = _held(stall)
    words = asked_words()
    producer_id = whole_number(request.args.get("producer", ""))
    return render_template(
        "orders/shopfront/show.html",
        stall=stall,
        shop=stall.shop,
        aisles=stall.aisles(words=words, producer_id=producer_id),
        category=_category(),
        words=words,
        producer_id=producer_id,
        category_chips=_category_chips(stall, by_script=not words and producer_id is None),
        producer_chips=_producer_chips(stall, producer_id),
        **_basket(stall, held, fields),
    )


def render_product(page: ProductPage, fields: Quantities) -> str:
    """A product's page with what was typed in its fields."""
    return render_template(
        "orders/shopfront/product.html",
        page=page,
        shop=page.shop,
        product=page.product,
        known=_known(page),
        euro_parts=_euro_parts,
        **_basket(page, _held(page), fields),
    )


def _known(page: ProductPage) -> list[tuple[str, str]]:
    """Who sells it, and what the producer says of it, as names and values."""
    product = page.product
    said = [
        (_("Sold by"), page.shop.name),
        (_("Producer"), f"{product.producer.name}, {product.producer.city}"),
        (_("Origin"), product.origin),
        (_("Allergens"), product.allergens),
    ]
    return [(name, value) for name, value in said if value]


def _euro_parts(offer: Offer, currency: str) -> list[tuple[str, int, str, str]]:
    """Where each cent of a price goes: label, amount, and both as texts."""
    parts = [(offer.producer_name, offer.base_price), *((fee["name"], fee["amount"]) for fee in offer.fees)]
    tenths = money.allocate(1000, [amount for _name, amount in parts]) if offer.price else [0] * len(parts)
    return [
        (name, amount, money_text(amount, currency), rate_text(share * 10))
        for (name, amount), share in zip(parts, tenths, strict=True)
    ]


def _reader() -> int | None:
    """Who reads, where that costs nothing to know; only staff see a shop before it is public."""
    return current_user.user_id if "session" in request.cookies and current_user.is_authenticated else None


def _category() -> str:
    typed = request.args.get("category", "")
    return typed if typed in set(Category) else ""


def _category_chips(stall: Stall, *, by_script: bool) -> list[dict[str, object]]:
    """Links that narrow the page; with a key the script narrows it without leaving."""
    chosen = _category()
    narrowed = bool(chosen) or not by_script
    chips: list[dict[str, object]] = [{"label": _("Everything"), "category": None, "current": not narrowed, "key": ""}]
    for category in stall.categories:
        name, current = category_name(category), category.value == chosen
        chips.append({"label": name, "category": category.value, "current": current, "key": category.value})
    for chip in chips:
        chip["url"] = url_for("shopfront.show", shop=stall.shop.permalink, category=chip.pop("category"))
        if not by_script:
            del chip["key"]
    return chips


def _producer_chips(stall: Stall, chosen: int | None) -> list[dict[str, object]]:
    everybody = [(None, _("Everybody")), *stall.producers]
    return [
        {
            "label": name,
            "current": producer_id == chosen,
            "url": url_for("shopfront.show", shop=stall.shop.permalink, producer=producer_id),
        }
        for producer_id, name in everybody
    ]


def _held(page: Stall | ProductPage) -> dict[int, int]:
    if page.cycle is None or not may_have_basket():
        return {}
    return carts.quantities(read_session(), owner=current_owner(), cycle_id=page.cycle.id)


def _basket(page: Stall | ProductPage, held: Mapping[int, int], fields: Quantities) -> dict[str, object]:
    prices = {item.offer.id: item.offer.price for item in page.items}
    return {
        "held": held,
        "fields": fields,
        "shown": shown_as(held),
        "pieces": sum(held.values()),
        "total": sum(quantity * prices.get(offer_id, 0) for offer_id, quantity in held.items()),
    }
