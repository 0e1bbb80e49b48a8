"""What the checkout needs to know beside the basket."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coopcircuits import clock
from orders.cart.owner import Owner
from orders.cart.queries import reviewed
from orders.checkout.page import CheckoutPage
from orders.order_cycle.models import OrderCycle, Slot
from shops.enterprise.queries import by_permalink
from shops.payment_method.queries import accepted


def slot_of(session: Session, *, cycle_id: int, slot_id: int) -> Slot | None:
    """A slot of this cycle with its pickup point, its cycle and their shop."""
    return session.scalar(
        select(Slot)
        .where(Slot.id == slot_id, Slot.cycle_id == cycle_id)
        .options(joinedload(Slot.method), joinedload(Slot.cycle).joinedload(OrderCycle.shop))
    )


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
