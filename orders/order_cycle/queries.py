"""Reading cycles: which one a shop shows, and what a manager sees of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from coopcircuits import clock
from coopcircuits.errors import NotFound
from coopcircuits.references import plain
from orders.offer.models import Offer
from orders.order.models import Order, OrderState
from orders.order_cycle.models import CycleFee, OrderCycle, Slot
from shops.delivery.models import DeliveryMethod
from shops.directory.opening import OpeningInfo
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, Visibility
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


def cycles_by_interest(session: Session, shop_id: int) -> Sequence[OrderCycle]:
    """The first of a shop's cycles: open ones, coming ones, then the last one. The first of all is the one on show."""
    last = select(func.max(OrderCycle.closes_at)).where(
        OrderCycle.shop_id == shop_id, OrderCycle.closes_at <= clock.now()
    )
    since = func.coalesce(last.scalar_subquery(), clock.now())
    return session.scalars(_by_interest(shop_id).where(OrderCycle.closes_at >= since).limit(8)).all()


def next_change(cycles: Sequence[OrderCycle]) -> datetime | None:
    """The next moment at which one of these cycles opens or closes."""
    now = clock.now()
    moments = [moment for cycle in cycles for moment in (cycle.opens_at, cycle.closes_at) if moment > now]
    return min(moments, default=None)


def slots_of(session: Session, *, cycle_id: int) -> Sequence[Slot]:
    """The slots of a cycle with their place, in the order of time."""
    return session.scalars(
        select(Slot).where(Slot.cycle_id == cycle_id).options(joinedload(Slot.method)).order_by(Slot.starts_at, Slot.id)
    ).all()


def open_cycles(session: Session, *, most: int) -> Sequence[OrderCycle]:
    """Open cycles of active, public shops with their shop, the first to close first."""
    now = clock.now()
    return session.scalars(
        select(OrderCycle)
        .join(OrderCycle.shop)
        .where(
            OrderCycle.closes_at > now,
            OrderCycle.opens_at <= now,
            Enterprise.state == EnterpriseState.ACTIVE,
            Enterprise.visibility == Visibility.PUBLIC,
        )
        .options(contains_eager(OrderCycle.shop))
        .order_by(OrderCycle.closes_at, OrderCycle.id)
        .limit(most)
    ).all()


def openings(session: Session, shop_ids: Collection[int]) -> dict[int, OpeningInfo]:
    """Until when each of these shops takes orders now, or when it will next, in one query."""
    now = clock.now()
    is_open = OrderCycle.opens_at <= now
    rows = session.execute(
        select(
            OrderCycle.shop_id,
            func.min(case((is_open, OrderCycle.closes_at))).label("open_until"),
            func.min(case((~is_open, OrderCycle.opens_at))).label("opens_at"),
        )
        .where(OrderCycle.shop_id.in_(shop_ids), OrderCycle.closes_at > now)
        .group_by(OrderCycle.shop_id)
    )
    return {row.shop_id: OpeningInfo(row.open_until, row.opens_at) for row in rows}


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


@dataclass(frozen=True)
class CycleFigures:
    """A cycle and what it has brought so far: live orders and their sum in minor units, tax included."""

    cycle: OrderCycle
    offers: int
    orders: int
    total: int


def with_figures(session: Session, *, shop_id: int, most: int = 60) -> list[CycleFigures]:
    """A shop's cycles with their figures: open ones, coming ones, then past ones."""
    cycles = session.scalars(_by_interest(shop_id).limit(most)).all()
    ids = [cycle.id for cycle in cycles]
    offered = {
        row.cycle_id: row.offers
        for row in session.execute(
            select(Offer.cycle_id, func.count().label("offers"))
            .where(Offer.cycle_id.in_(ids), Offer.withdrawn_at.is_(None))
            .group_by(Offer.cycle_id)
        )
    }
    ordered = {
        row.cycle_id: (row.orders, int(row.total))
        for row in session.execute(
            select(Order.cycle_id, func.count().label("orders"), func.sum(Order.total).label("total"))
            .where(Order.cycle_id.in_(ids), Order.state.in_((OrderState.PLACED, OrderState.COLLECTED)))
            .group_by(Order.cycle_id)
        )
    }
    return [CycleFigures(cycle, offered.get(cycle.id, 0), *ordered.get(cycle.id, (0, 0))) for cycle in cycles]


def last_cycle(session: Session, *, shop_id: int) -> OrderCycle | None:
    """The cycle that a shop planned last."""
    return session.scalar(
        select(OrderCycle).where(OrderCycle.shop_id == shop_id).order_by(OrderCycle.closes_at.desc()).limit(1)
    )


def live_cycles(session: Session) -> Sequence[int]:
    """Ids of all cycles that are not over."""
    return session.scalars(
        select(OrderCycle.id).where(OrderCycle.closes_at > clock.now()).order_by(OrderCycle.id)
    ).all()


def listed_variants(session: Session, cycle: OrderCycle | None) -> set[int]:
    """Variants on sale in a cycle; none in none."""
    if cycle is None:
        return set()
    listed = select(Offer.variant_id).where(Offer.cycle_id == cycle.id, Offer.withdrawn_at.is_(None))
    return set(session.scalars(listed))


def sellable_variants(session: Session, *, shop: Enterprise) -> Sequence[Variant]:
    """What a shop may put on sale, each variant with its product and producer: its own, and its suppliers'.

    In the order of the aisles, then by product and place in it.
    """
    found = select(Variant).join(Variant.product).where(*_sellable(session, shop))
    return sorted(
        session.scalars(found.options(contains_eager(Variant.product).joinedload(Product.producer))),
        key=lambda v: (_AISLES.index(v.product.category), plain(v.product.name), v.product_id, v.position, v.id),
    )


def sellable_ids(session: Session, *, shop: Enterprise) -> set[int]:
    """Which variants these are."""
    return set(session.scalars(select(Variant.id).join(Variant.product).where(*_sellable(session, shop))))


def _sellable(session: Session, shop: Enterprise) -> list[ColumnElement[bool]]:
    producers = [shop.id]
    if shop.sells is Sells.ANY:
        producers += [supplier.id for supplier in supply_links.suppliers_of(session, shop.id)]
    return [Product.producer_id.in_(producers), Variant.deleted_at.is_(None), Product.deleted_at.is_(None)]


def method_ids(session: Session, *, shop_id: int) -> set[int]:
    """Pickup points of a shop, closed ones included since a slot may still stand there."""
    return set(session.scalars(select(DeliveryMethod.id).where(DeliveryMethod.enterprise_id == shop_id)))


def has_been_chosen(session: Session, *, slot_id: int) -> bool:
    """Whether any order, cancelled ones included, points at this slot."""
    return session.scalar(select(Order.id).where(Order.slot_id == slot_id).limit(1)) is not None
