"""Orders in tests, made through the checkout's own service."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from coopcircuits.actor import GUEST, SYSTEM, Actor
from orders.cart.models import Cart
from orders.checkout.queries import slots_to_choose
from orders.checkout.services import Contact, place_order
from orders.order.models import Order
from orders.order_cycle.models import OrderCycle, Slot
from shops.enterprise.models import Enterprise
from shops.payment_method import services as payment_methods
from shops.payment_method.models import PaymentKind
from tests.support.cycles import make_cart, make_cycle

_number = count(1)
CAMILLE = Contact("Camille Roux", "camille@example.org", "06 39 98 12 34")


def checkout(cart: Cart, cycle: OrderCycle, **given: Any) -> dict[str, Any]:
    """What a guest would send to order a basket: first slot, paid on collection."""
    values: dict[str, Any] = {
        "actor": GUEST,
        "cart_id": cart.id,
        "checkout_key": cart.checkout_key,
        "cart_version": cart.version,
        "contact": CAMILLE,
        "payment_kind": PaymentKind.ON_COLLECTION,
        "note": "",
        "language": "fr",
        **given,
    }
    if "slot_id" not in values:
        values["slot_id"] = cycle.slots[0].id
    return values


def make_order(
    session: Session,
    cycle: OrderCycle | None = None,
    *,
    quantities: dict[int, int] | None = None,
    actor: Actor = GUEST,
    **given: Any,
) -> Order:
    """An order of one piece of everything (or of ``quantities``, by offer id) in a cycle, made if there is none."""
    cycle = cycle or make_cycle(session)
    owner: dict[str, Any] = {"visitor": f"visitor-of-order-{next(_number):08d}"}
    if actor.user_id is not None:
        owner = {"user_id": actor.user_id}
    cart = make_cart(session, cycle, quantities, **owner)
    given.setdefault("slot_id", slots_of(session, cycle)[0].id)
    order = place_order(session, **checkout(cart, cycle, actor=actor, **given))
    session.flush()
    session.refresh(order, ["lines"])
    return order


def slots_of(session: Session, cycle: OrderCycle) -> Sequence[Slot]:
    """The slots of a cycle with their pickup point, in the order of time."""
    return slots_to_choose(session, cycle_id=cycle.id)


def accept_cards(session: Session, shop: Enterprise, account: str) -> None:
    """Let a shop take cards on its account at the payment sandbox."""
    shop.payment_account, shop.payment_account_ready = account, True
    payment_methods.accept(session, actor=SYSTEM, enterprise_id=shop.id, kind=PaymentKind.CARD, instructions="")
    session.flush()
