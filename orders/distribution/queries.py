"""What the shop's people need on their day: orders to prepare, money to take, what to pack."""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from coopcircuits import clock
from orders.order.models import Order, OrderState
from orders.order_cycle.models import OrderCycle
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from orders.sale.queries import sold_between
from shops.enterprise.models import Enterprise
from shops.payment_method.models import PaymentKind

SOLD = (OrderState.PLACED, OrderState.COLLECTED)
PER_PAGE = 50


class Shelf(enum.StrEnum):
    """The lists into which a shop's orders are sorted."""

    ALL = "all"
    TO_PREPARE = "to-prepare"
    COLLECTED = "collected"
    TO_PAY = "to-pay"
    TO_GIVE_BACK = "to-give-back"
    CANCELLED = "cancelled"


def _expected_by_hand() -> ColumnElement[bool]:
    return and_(Payment.order_id == Order.id, Payment.state == PaymentState.PENDING, Payment.kind != PaymentKind.CARD)


def _on(shelf: Shelf) -> ColumnElement[bool]:
    if shelf is Shelf.TO_PREPARE:
        return Order.state == OrderState.PLACED
    if shelf is Shelf.COLLECTED:
        return Order.state == OrderState.COLLECTED
    if shelf is Shelf.TO_PAY:
        return and_(Order.state.in_(SOLD), exists().where(_expected_by_hand()))
    if shelf is Shelf.TO_GIVE_BACK:
        return exists().where(
            Payment.order_id == Order.id,
            Refund.payment_id == Payment.id,
            or_(
                Refund.state == RefundState.FAILED,
                and_(Refund.state == RefundState.REQUESTED, Payment.kind != PaymentKind.CARD),
            ),
        )
    if shelf is Shelf.CANCELLED:
        return Order.state == OrderState.CANCELLED
    return Order.state != OrderState.CANCELLED


@dataclass(frozen=True)
class OrderList:
    """One page of orders with their cycle; ``count`` and ``total`` are of the whole list."""

    orders: Sequence[Order]
    #: What is still to be paid by hand, by order id.
    to_pay: dict[int, int]
    count: int
    total: int


def orders(
    session: Session, *, shop_id: int, shelf: Shelf, cycle_id: int | None = None, words: str = "", page: int = 1
) -> OrderList:
    """A shop's orders, newest first; ``words`` are looked for in names and references."""
    wanted = [Order.shop_id == shop_id, _on(shelf)]
    if cycle_id is not None:
        wanted.append(Order.cycle_id == cycle_id)
    if words:
        wanted.append(
            or_(
                Order.customer_name.icontains(words, autoescape=True),
                Order.email.icontains(words, autoescape=True),
                Order.reference == words.upper(),
            )
        )
    count, total = session.execute(select(func.count(), func.sum(Order.total)).where(*wanted)).one()
    found = session.scalars(
        select(Order)
        .where(*wanted)
        .options(joinedload(Order.cycle))
        .order_by(Order.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return OrderList(found, to_pay(session, [order.id for order in found]), count, int(total or 0))


def to_pay(session: Session, order_ids: Collection[int]) -> dict[int, int]:
    """What is still to be paid by hand, by order id."""
    rows = session.execute(
        select(Payment.order_id, func.sum(Payment.amount))
        .where(
            Payment.order_id.in_(order_ids),
            Payment.state == PaymentState.PENDING,
            Payment.kind != PaymentKind.CARD,
        )
        .group_by(Payment.order_id)
    )
    return {order_id: int(amount) for order_id, amount in rows}


def cycles(session: Session, *, shop_id: int, most: int = 30) -> Sequence[OrderCycle]:
    """A shop's cycles for a list of choices, latest first."""
    return session.scalars(
        select(OrderCycle).where(OrderCycle.shop_id == shop_id).order_by(OrderCycle.closes_at.desc()).limit(most)
    ).all()


def to_pack(session: Session, *, cycle_id: int) -> Sequence[Order]:
    """The orders of a cycle that are handed over, with their lines, by pickup and then by name."""
    found = session.scalars(
        select(Order)
        .where(Order.cycle_id == cycle_id, Order.state.in_(SOLD))
        .options(selectinload(Order.lines))
        .order_by(Order.pickup_from, Order.pickup_name, func.lower(Order.customer_name), Order.id)
    )
    return found.all()


@dataclass(frozen=True)
class Week:
    """Orders that became sales in a week, and what was sold less what was given back, in minor units."""

    orders: int
    sold: int


@dataclass(frozen=True)
class Batch:
    """Orders of one cycle that wait to be handed over."""

    cycle: OrderCycle
    orders: int
    total: int
    next_pickup: datetime


@dataclass(frozen=True)
class Day:
    """What needs somebody now."""

    batches: Sequence[Batch]
    #: Money that should have come by now, by hand: how many payments, how much.
    unpaid: tuple[int, int]
    #: Money to be given back by hand.
    to_give_back: tuple[int, int]
    #: Refunds that the provider could not make.
    failed_refunds: int
    this_week: Week
    last_week: Week

    @property
    def nothing_to_do(self) -> bool:
        return not (self.batches or self.unpaid[0] or self.to_give_back[0] or self.failed_refunds)


def day(session: Session, shop: Enterprise) -> Day:
    """The shop's day, in a fixed number of queries."""
    now = clock.now()
    today = clock.local_date(now, shop.zone)
    monday = clock.at_local(today - timedelta(days=today.weekday()), 0, 0, shop.zone)
    last_monday = clock.at_local(today - timedelta(days=today.weekday() + 7), 0, 0, shop.zone)
    late = [Order.pickup_from <= now, Order.state.in_(SOLD), Payment.state == PaymentState.PENDING]
    return Day(
        batches=_batches(session, shop.id),
        unpaid=_payments(session, shop.id, Payment.kind != PaymentKind.CARD, *late),
        to_give_back=_refunds(session, shop.id, RefundState.REQUESTED, Payment.kind != PaymentKind.CARD),
        failed_refunds=_refunds(session, shop.id, RefundState.FAILED)[0],
        this_week=_week(session, shop.id, monday, now + timedelta(seconds=1)),
        last_week=_week(session, shop.id, last_monday, monday),
    )


def _batches(session: Session, shop_id: int) -> Sequence[Batch]:
    rows = session.execute(
        select(OrderCycle, func.count(Order.id), func.sum(Order.total), func.min(Order.pickup_from))
        .join(Order, Order.cycle_id == OrderCycle.id)
        .where(Order.shop_id == shop_id, Order.state == OrderState.PLACED)
        .group_by(OrderCycle.id)
        .order_by(func.min(Order.pickup_from))
        .limit(6)
    )
    return [Batch(cycle, count, int(total), first) for cycle, count, total, first in rows]


def _payments(session: Session, shop_id: int, *wanted: ColumnElement[bool]) -> tuple[int, int]:
    count, amount = session.execute(
        select(func.count(), func.sum(Payment.amount)).join(Payment.order).where(Payment.shop_id == shop_id, *wanted)
    ).one()
    return count, int(amount or 0)


def _refunds(session: Session, shop_id: int, state: RefundState, *wanted: ColumnElement[bool]) -> tuple[int, int]:
    count, amount = session.execute(
        select(func.count(), func.sum(Refund.amount))
        .join(Refund.payment)
        .where(Payment.shop_id == shop_id, Refund.state == state, *wanted)
    ).one()
    return count, int(amount or 0)


def _week(session: Session, shop_id: int, starts: datetime, ends: datetime) -> Week:
    count = session.scalar(
        select(func.count()).where(Order.shop_id == shop_id, Order.placed_at >= starts, Order.placed_at < ends)
    )
    return Week(count or 0, sold_between(session, shop_id=shop_id, starts=starts, ends=ends))
