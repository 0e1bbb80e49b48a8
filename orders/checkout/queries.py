"""What the checkout needs to know beside the basket."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits import clock
from coopcircuits.db import BareRow, table
from orders.cart.models import Cart, CartLine
from orders.cart.owner import Owner
from orders.cart.queries import reviewed
from orders.checkout.page import CheckoutPage
from orders.offer.models import Offer
from orders.order_cycle.models import OrderCycle, Slot
from shops.delivery.models import DeliveryMethod
from shops.enterprise.models import Enterprise
from shops.enterprise.queries import by_permalink
from shops.payment_method.models import PaymentKind
from shops.payment_method.queries import accepted, accepts

#: What an order line copies from its offer under the same name.
SNAPSHOT = (
    *("variant_id", "producer_id", "product_name", "variant_name", "producer_name", "drawing"),
    *("unit_kind", "unit_value", "unit_name", "base_price", "fees", "tax_rate_bp"),
)

_cart, _line, _offer = table(Cart).c, table(CartLine).c, table(Offer).c
_slot, _place, _cycle, _shop = table(Slot).c, table(DeliveryMethod).c, table(OrderCycle).c, table(Enterprise).c
_LOCK = (
    select(_cart.id, _cart.cycle_id, _cart.checkout_key, _cart.version)
    .where(_cart.id == bindparam("cart_id"))
    .with_for_update()
)
_LINES = (
    select(_line.quantity, _line.price_seen, _offer.id, _offer.price, _offer.withdrawn_at)
    .add_columns(*(_offer[name] for name in SNAPSHOT))
    .where(_line.cart_id == bindparam("cart_id"), _offer.id == _line.offer_id)
    .order_by(_line.id)
)
_PICKUP = (
    select(_slot.id, _slot.starts_at, _slot.ends_at, _cycle.opens_at, _cycle.closes_at)
    .add_columns(_place.name, _place.street, _place.postcode, _place.city, _place.fee)
    .add_columns(_shop.id.label("shop_id"), _shop.state, _shop.currency, _shop.payment_account)
    .add_columns(accepts(bindparam("kind")).label("accepts"))
    .where(_slot.id == bindparam("slot_id"), _slot.cycle_id == bindparam("cycle_id"))
    .where(_place.id == _slot.method_id, _cycle.id == _slot.cycle_id, _shop.id == _cycle.shop_id)
)


def lock_basket(session: Session, *, cart_id: int) -> BareRow | None:
    """``id``, ``cycle_id``, ``checkout_key`` and ``version`` of a basket, held until the transaction ends."""
    return session.execute(_LOCK, {"cart_id": cart_id}).one_or_none()


def lines_of(session: Session, *, cart_id: int) -> Sequence[BareRow]:
    """What a basket holds: ``quantity``, ``price_seen``, and of the offer its ``id``, ``price``, ``withdrawn_at`` and
    :data:`SNAPSHOT`."""
    return session.execute(_LINES, {"cart_id": cart_id}).all()


def pickup_of(session: Session, *, cycle_id: int, slot_id: int, kind: PaymentKind) -> BareRow | None:
    """A slot of this cycle with all that an order needs to know of its place, its cycle and their shop, such as
    whether it ``accepts`` this kind of payment."""
    return session.execute(_PICKUP, {"cycle_id": cycle_id, "slot_id": slot_id, "kind": kind}).one_or_none()


def slots_to_choose(session: Session, *, cycle_id: int) -> Sequence[Slot]:
    """The slots of a cycle that are not over, with their pickup point, in the order of time."""
    return session.scalars(
        select(Slot)
        .where(Slot.cycle_id == cycle_id, Slot.ends_at > clock.now())
        .options(joinedload(Slot.method))
        .order_by(Slot.starts_at, Slot.id)
    ).all()


def checkout_page(session: Session, *, permalink: str, owner: Owner) -> CheckoutPage | None:
    """The basket that this browser or person is about to order in a shop; ``None`` when it is empty.

    Of several cycles' baskets the one that can be ordered now, changed last. Raises :class:`NotFound` for the shop.
    """
    shop = by_permalink(session, permalink)
    found = reviewed(session, owner=owner, shop_id=shop.id)
    basket = next((basket for basket in found if basket.is_open), found[0] if found else None)
    if basket is None:
        return None
    return CheckoutPage(
        shop=shop,
        basket=basket,
        slots=slots_to_choose(session, cycle_id=basket.cycle.id),
        methods=accepted(session, shop.id),
    )
