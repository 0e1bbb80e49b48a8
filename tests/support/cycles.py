"""Cycles and baskets in tests, made through the services."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from orders.cart import queries as carts
from orders.cart import services as cart_services
from orders.cart.models import Cart
from orders.cart.owner import Owner
from orders.offer import queries as offer_queries
from orders.offer.models import Offer
from orders.order_cycle import queries, services
from orders.order_cycle.models import OrderCycle
from orders.order_cycle.slots import slots_after
from shops.delivery import queries as delivery
from shops.enterprise.models import Enterprise
from tests.support.shops import make_pickup_point, make_product, make_shop, variant


def make_cycle(session: Session, shop: Enterprise | None = None, **given: Any) -> OrderCycle:
    """A cycle open since yesterday and for two more days, selling all that the shop may sell, collected at all its
    weekly hours. A missing shop, product or pickup point is made."""
    shop = shop or make_shop(session)
    if not queries.sellable_variants(session, shop=shop):
        make_product(session, shop, variants=[variant(), variant(unit_value=500, price=210)])
    if not delivery.pickup_points(session, shop.id):
        make_pickup_point(session, shop)
    now = clock.now()
    values: dict[str, Any] = {
        "name": "Semaine du test",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=2),
        "variant_ids": [v.id for v in queries.sellable_variants(session, shop=shop)],
        "fee_ids": [],
        **given,
    }
    if "slots" not in values:
        hours = [span for point in delivery.pickup_points(session, shop.id) for span in point.hours]
        values["slots"] = slots_after(hours, values["closes_at"], shop.zone)
    cycle = services.open_cycle(session, actor=SYSTEM, shop_id=shop.id, **values)
    session.flush()
    return cycle


def offers_of(session: Session, cycle: OrderCycle) -> Sequence[Offer]:
    """The offers of a cycle in the order of the shelf."""
    return offer_queries.offers_of(session, cycle_id=cycle.id)


def make_cart(
    session: Session,
    cycle: OrderCycle,
    quantities: Mapping[int, int] | None = None,
    *,
    visitor: str | None = "a-visitor-cookie-of-a-test-1234",
    user_id: int | None = None,
) -> Cart:
    """A basket of a visitor, or of an account, by offer id; one piece of everything if nothing is said.

    Its lines and their offers are loaded.
    """
    owner = Owner(user_id=user_id) if user_id is not None else Owner(visitor=visitor)
    wanted = quantities if quantities is not None else {offer.id: 1 for offer in offers_of(session, cycle)}
    cart_services.put(session, owner=owner, shop_id=cycle.shop_id, cycle_id=cycle.id, quantities=wanted)
    cart = carts.cart_of(session, owner=owner, cycle_id=cycle.id)
    assert cart is not None
    return cart
