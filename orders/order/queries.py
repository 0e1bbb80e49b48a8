"""Reading and locking orders."""

import hmac
from collections.abc import Collection, Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from coopcircuits.auth.models import User
from coopcircuits.errors import NotFound
from coopcircuits.events.models import Event
from orders.offer.models import Offer
from orders.order.models import Order, OrderLine
from orders.order_cycle.models import Slot
from shops.customer.models import Customer
from shops.delivery.models import DeliveryMethod
from shops.stock.models import Stock


def _whole() -> Select[Order]:
    return select(Order).options(joinedload(Order.shop), joinedload(Order.cycle), selectinload(Order.lines))


def by_link(session: Session, *, reference: str, secret: str) -> Order:
    """The order of a link with its lines, shop and cycle; raises :class:`NotFound`."""
    found = session.scalar(_whole().where(Order.reference == reference)) if reference.isalnum() else None
    if found is None or not hmac.compare_digest(found.link_secret.encode(), secret.encode()):
        raise NotFound
    return found


def by_shop(session: Session, *, shop_id: int, reference: str) -> Order:
    """An order of this shop with its lines, shop and cycle; raises :class:`NotFound`."""
    wanted = _whole().where(Order.shop_id == shop_id, Order.reference == reference)
    found = session.scalar(wanted) if reference.isalnum() else None
    if found is None:
        raise NotFound
    return found


def by_id(session: Session, order_id: int) -> Order:
    """An order with its lines, shop and cycle, for those who have its id from us; raises :class:`NotFound`."""
    found = session.scalar(_whole().where(Order.id == order_id))
    if found is None:
        raise NotFound
    return found


def by_checkout_key(session: Session, checkout_key: str) -> Order | None:
    """The order that a basket has already become."""
    return session.scalar(select(Order).where(Order.checkout_key == checkout_key))


def orders_of(session: Session, *, user_id: int, most: int = 100) -> Sequence[Order]:
    """A person's orders with their shop, newest first.

    Those they made signed in, and those made as a guest under their own address once it is confirmed.
    """
    own = [Order.user_id == user_id]
    user = session.get(User, user_id)
    if user is not None and user.confirmed_at is not None:
        own.append(Order.customer_id.in_(select(Customer.id).where(Customer.email == user.email)))
    return session.scalars(
        select(Order).where(or_(*own)).options(joinedload(Order.shop)).order_by(Order.id.desc()).limit(most)
    ).all()


def history(session: Session, *, order_id: int) -> Sequence[Event]:
    """What happened to an order, oldest first."""
    return session.scalars(
        select(Event).where(Event.subject_type == "order", Event.subject_id == order_id).order_by(Event.id)
    ).all()


def pickup_point(session: Session, *, slot_id: int) -> DeliveryMethod:
    """The place of a slot, also when the shop does not use it any more."""
    return session.scalars(
        select(DeliveryMethod).join(Slot, Slot.method_id == DeliveryMethod.id).where(Slot.id == slot_id)
    ).one()


def lines_of(session: Session, *, order_id: int) -> Sequence[OrderLine]:
    return session.scalars(select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)).all()


def withdrawn_offers(session: Session, offer_ids: Collection[int]) -> set[int]:
    """Those of these offers that have left the sale."""
    return set(session.scalars(select(Offer.id).where(Offer.id.in_(offer_ids), Offer.withdrawn_at.is_not(None))))


def lock_order(session: Session, order_id: int) -> Order:
    """The order as it is now, held until the transaction ends; raises :class:`NotFound`.

    Whoever changes an order, its payments or its stock locks it first, so that changes of one order happen in turn.
    """
    found = session.scalar(
        select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def lock_counters(session: Session, variant_ids: Collection[int]) -> None:
    """Hold the counters of variants, in the order of ids, before some are lowered and others raised."""
    session.execute(
        select(Stock.variant_id).where(Stock.variant_id.in_(variant_ids)).order_by(Stock.variant_id).with_for_update()
    )
