"""Reading cycles: which one a shop shows, and what a manager sees of each."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from coopcircuits import clock
from coopcircuits.errors import NotFound
from coopcircuits.references import plain
from orders.order.models import Order
from orders.order_cycle.models import CycleFee, OrderCycle, Slot
from shops.delivery.models import DeliveryMethod
from shops.enterprise.models import Enterprise, Sells
from shops.product.models import Category, Product, Variant
from shops.supply_link import queries as supply_links

_AISLES = list(Category)
_WITH_SLOTS = selectinload(OrderCycle.slots).joinedload(Slot.method)


def _by_interest(shop_id: int) -> Select[OrderCycle]:
    """Cycles of a shop: open ones by closing time, then coming ones by opening time, then past ones, latest first."""
    now = clock.now()
    is_open: ColumnElement[bool] = (OrderCycle.opens_at <= now) & (OrderCycle.closes_at > now)
    coming: ColumnElement[bool] = OrderCycle.opens_at > now
    return (
        select(OrderCycle)
        .where(OrderCycle.shop_id == shop_id)
        .order_by(
            case((is_open, 0), (coming, 1), else_=2),
            case((is_open, OrderCycle.closes_at), (coming, OrderCycle.opens_at)),
            OrderCycle.closes_at.desc(),
            OrderCycle.id,
        )
    )


def current_cycle(session: Session, shop_id: int) -> OrderCycle | None:
    """The open cycle that closes first, else the next one to open, else nothing; with its slots."""
    query = _by_interest(shop_id).where(OrderCycle.closes_at > clock.now()).options(_WITH_SLOTS).limit(1)
    return session.scalar(query)


def cycle_on_show(session: Session, shop_id: int) -> OrderCycle | None:
    """The cycle whose products a shop's page shows: the current one, else the last one; with its slots."""
    return session.scalar(_by_interest(shop_id).options(_WITH_SLOTS).limit(1))


def cycle_of(session: Session, *, shop_id: int, reference: str) -> OrderCycle:
    """A cycle of this shop with its slots; raises :class:`NotFound`."""
    found = session.scalar(
        select(OrderCycle).where(OrderCycle.shop_id == shop_id, OrderCycle.reference == reference).options(_WITH_SLOTS)
    )
    if found is None:
        raise NotFound
    return found


def lock_cycle(session: Session, *, shop_id: int, cycle_id: int) -> OrderCycle:
    """A cycle of this shop with its slots, held until the transaction ends; raises :class:`NotFound`."""
    found = session.scalar(
        select(OrderCycle)
        .where(OrderCycle.shop_id == shop_id, OrderCycle.id == cycle_id)
        .options(_WITH_SLOTS)
        .with_for_update(of=OrderCycle)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def fee_ids(session: Session, *, cycle_id: int) -> set[int]:
    """Fees that a cycle adds to its prices."""
    return set(session.scalars(select(CycleFee.fee_id).where(CycleFee.cycle_id == cycle_id)))


def cycles_to_close(session: Session) -> Sequence[int]:
    """Cycles whose time is over and whose closing work is not done."""
    return session.scalars(
        select(OrderCycle.id)
        .where(OrderCycle.closes_at <= clock.now(), OrderCycle.processed_at.is_(None))
        .order_by(OrderCycle.closes_at, OrderCycle.id)
    ).all()


def sellable_variants(session: Session, *, shop: Enterprise) -> Sequence[Variant]:
    """What a shop may put on sale, each variant with its product and producer: its own, and its suppliers'.

    In the order of the aisles, then by product and place in it.
    """
    producers = [shop.id]
    if shop.sells is Sells.ANY:
        producers += [supplier.id for supplier in supply_links.suppliers_of(session, shop.id)]
    return sorted(
        session.scalars(
            select(Variant)
            .join(Variant.product)
            .where(Product.producer_id.in_(producers), Variant.deleted_at.is_(None), Product.deleted_at.is_(None))
            .options(contains_eager(Variant.product).joinedload(Product.producer))
        ),
        key=lambda v: (_AISLES.index(v.product.category), plain(v.product.name), v.product_id, v.position, v.id),
    )


def method_ids(session: Session, *, shop_id: int) -> set[int]:
    """Pickup points of a shop, closed ones included since a slot may still stand there."""
    return set(session.scalars(select(DeliveryMethod.id).where(DeliveryMethod.enterprise_id == shop_id)))


def has_been_chosen(session: Session, *, slot_id: int) -> bool:
    """Whether any order, cancelled ones included, points at this slot."""
    return session.scalar(select(Order.id).where(Order.slot_id == slot_id).limit(1)) is not None
