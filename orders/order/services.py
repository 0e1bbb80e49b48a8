"""What happens to an order after it was made: confirm, release, change, cancel, hand over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.money import TaxedMoney
from orders.errors import AmountMoved, NothingLeft, PaidByCard, TooLate, WrongState
from orders.events import (
    CollectionUndone,
    OrderCancelled,
    OrderChanged,
    OrderCollected,
    OrderPlaced,
    OrderReleased,
)
from orders.order import queries
from orders.order.amounts import Amounts, difference, work_out
from orders.order.models import Order, OrderLine, OrderState
from orders.order_cycle.models import CycleState, OrderCycle, Slot
from orders.payment import services as payments
from orders.sale import queries as sales
from orders.sale.models import SaleKind
from orders.sale.services import enter
from orders.shopfront.services import stock_moved
from shops.payment_method.models import PaymentKind
from shops.stock import services as stock
from shops.stock.models import MoveReason

MOST = 9_999


def confirm(session: Session, *, order: Order, actor: Actor) -> None:
    """The (locked) order becomes a sale: its card has been charged."""
    order.move_to(OrderState.PLACED)
    order.placed_at = clock.now()
    lines = queries.lines_of(session, order_id=order.id)
    book(session, order=order, taxes=_amounts(lines, order.delivery_fee).taxes, actor=actor)


def book(session: Session, *, order: Order, taxes: Mapping[int, TaxedMoney], actor: Actor) -> None:
    """Enter a placed order in the ledger and say that it was placed."""
    enter(session, order=order, kind=SaleKind.SALE, taxes=taxes, actor=actor)
    record(session, OrderPlaced(order.id, order.shop_id, order.total), actor=actor)


def release(session: Session, *, order: Order, expired: bool, actor: Actor) -> None:
    """Give up the (locked) order before it became a sale: its stock and slot are free again."""
    order.move_to(OrderState.CANCELLED)
    order.cancelled_at = clock.now()
    _give_back_everything(session, order, actor)
    record(session, OrderReleased(order.id, order.shop_id, order.total, expired), actor=actor)


def cancel(session: Session, *, order_id: int, actor: Actor, reason: str = "", by_shop: bool = False) -> Order:
    """Cancel an order: stock and slot are free again, what was paid goes back, the ledger is brought to nothing.

    The shopper may until the cycle closes; the shop (``by_shop``) as long as it was not collected, and says why.
    An order still waiting for its card is released; its page at the provider is then closed by the reconciliation.
    """
    order = queries.lock_order(session, order_id)
    if by_shop and not reason.strip():
        raise InvalidInput(N_("Please say why: the shopper will read it."), field="reason")
    order.cancel_reason = reason.strip()[:200]
    if order.state is OrderState.AWAITING_PAYMENT:
        release(session, order=order, expired=False, actor=actor)
        return order
    if not by_shop:
        _check_still_open(session, order)
    order.move_to(OrderState.CANCELLED)
    order.cancelled_at = clock.now()
    _give_back_everything(session, order, actor)
    taxes = {rate: -part for rate, part in sales.booked(session, order_id=order.id).items()}
    enter(session, order=order, kind=SaleKind.CANCELLATION, taxes=taxes, reason=order.cancel_reason, actor=actor)
    payments.settle_up(session, order=order, reason=N_("The order was cancelled."), actor=actor)
    record(session, OrderCancelled(order.id, order.shop_id, order.total), actor=actor)
    return order


@dataclass(frozen=True)
class Change:
    """What new quantities would do. Amounts are minor units, tax included."""

    before: Amounts
    after: Amounts
    #: Line id to (quantity before, quantity after), only where it moves.
    lines: Mapping[int, tuple[int, int]]

    @property
    def difference(self) -> int:
        return self.after.total - self.before.total


def plan_change(order: Order, lines: Iterable[OrderLine], quantities: Mapping[int, int]) -> Change:
    """Work out a change of quantities (by line id; lines not named stay) without doing it."""
    lines = list(lines)
    wanted = {line.id: quantities.get(line.id, line.quantity) for line in lines}
    if not set(quantities) <= set(wanted) or any(not 0 <= quantity <= MOST for quantity in wanted.values()):
        raise InvalidInput(N_("Write a whole number, for example 2."))
    if not any(wanted.values()):
        raise NothingLeft
    after = work_out(((wanted[line.id] * line.unit_price, line.tax_rate_bp) for line in lines), order.delivery_fee)
    moved = {line.id: (line.quantity, wanted[line.id]) for line in lines if line.quantity != wanted[line.id]}
    return Change(_amounts(lines, order.delivery_fee), after, moved)


def check_change(session: Session, *, order: Order, lines: Iterable[OrderLine], change: Change) -> None:
    """Raise what stands against a change by the shopper: too late, a card to charge again, a product gone."""
    if order.state is not OrderState.PLACED:
        raise WrongState
    _check_still_open(session, order)
    if order.payment_kind is PaymentKind.CARD and change.difference > 0:
        raise PaidByCard
    raised = {line.offer_id: line for line in lines if line.id in change.lines and _grows(change.lines[line.id])}
    for offer_id in sorted(queries.withdrawn_offers(session, raised)):
        name = raised[offer_id].product_name
        raise InvalidInput(N_("%(product)s has left the sale, so its quantity cannot grow."), product=name)


def change_quantities(
    session: Session, *, order_id: int, quantities: Mapping[int, int], agreed_total: int, actor: Actor
) -> Order:
    """Lower or raise quantities (by line id) until the cycle closes, at the prices of the order.

    ``agreed_total`` is the new total that the person was shown. Raises :class:`OutOfStock` with nothing taken.
    """
    order = queries.lock_order(session, order_id)
    lines = queries.lines_of(session, order_id=order.id)
    change = plan_change(order, lines, quantities)
    check_change(session, order=order, lines=lines, change=change)
    if change.after.total != agreed_total:
        raise AmountMoved
    if not change.lines:
        return order
    _move_stock(session, order, lines, change, actor)
    for line in lines:
        line.quantity = change.lines.get(line.id, (0, line.quantity))[1]
        line.total = line.quantity * line.unit_price
        line.tax = TaxedMoney.from_gross(line.total, line.tax_rate_bp).tax
    order.items_total, order.total = change.after.items_total, change.after.total
    order.tax_total = change.after.tax_total
    moved = difference(change.after.taxes, change.before.taxes)
    enter(session, order=order, kind=SaleKind.CHANGE, taxes=moved, actor=actor)
    payments.settle_up(session, order=order, reason=N_("Quantities were lowered."), actor=actor)
    facts = [[line_id, before, after] for line_id, (before, after) in change.lines.items()]
    total = change.before.total
    record(session, OrderChanged(order.id, order.shop_id, total, change.after.total, facts), actor=actor)
    return order


def mark_collected(session: Session, *, order_id: int, shop_id: int, actor: Actor, paid: bool = False) -> Order:
    """The order was handed over; ``paid``: and what was still expected by hand was received."""
    order = _order_of_shop(session, order_id, shop_id)
    order.move_to(OrderState.COLLECTED)
    order.collected_at = clock.now()
    if paid:
        payments.receive_all(session, order=order, actor=actor)
    record(session, OrderCollected(order.id, order.shop_id), actor=actor)
    return order


def undo_collected(session: Session, *, order_id: int, shop_id: int, actor: Actor) -> Order:
    """It was marked by mistake."""
    order = _order_of_shop(session, order_id, shop_id)
    if order.state is not OrderState.COLLECTED:
        raise WrongState
    order.move_to(OrderState.PLACED)
    order.collected_at = None
    record(session, CollectionUndone(order.id, order.shop_id), actor=actor)
    return order


def _order_of_shop(session: Session, order_id: int, shop_id: int) -> Order:
    order = queries.lock_order(session, order_id)
    if order.shop_id != shop_id:
        raise WrongState
    return order


def _amounts(lines: Iterable[OrderLine], delivery_fee: int) -> Amounts:
    return work_out(((line.total, line.tax_rate_bp) for line in lines), delivery_fee)


def _check_still_open(session: Session, order: Order) -> None:
    if session.get_one(OrderCycle, order.cycle_id).state is not CycleState.OPEN:
        raise TooLate


def _grows(move: tuple[int, int]) -> bool:
    return move[1] > move[0]


def _move_stock(session: Session, order: Order, lines: Iterable[OrderLine], change: Change, actor: Actor) -> None:
    variants = {line.id: line.variant_id for line in lines if line.id in change.lines}
    more = {variants[i]: after - before for i, (before, after) in change.lines.items() if after > before}
    less = {variants[i]: before - after for i, (before, after) in change.lines.items() if after < before}
    if more and less:
        queries.lock_counters(session, variants.values())
    left: dict[int, int] = {}
    if more:
        left |= stock.take(session, quantities=more, order_id=order.id, reason=MoveReason.CHANGED, actor=actor)
    if less:
        left |= stock.give_back(session, quantities=less, order_id=order.id, reason=MoveReason.CHANGED, actor=actor)
    moved = {variant_id: -quantity for variant_id, quantity in more.items()} | less
    stock_moved(session, left=left, moved=moved)


def _give_back_everything(session: Session, order: Order, actor: Actor) -> None:
    lines = queries.lines_of(session, order_id=order.id)
    held = {line.variant_id: line.quantity for line in lines if line.quantity}
    left = stock.give_back(session, quantities=held, order_id=order.id, reason=MoveReason.CANCELLED, actor=actor)
    stock_moved(session, left=left, moved=held)
    session.execute(
        update(Slot)
        .where(Slot.id == order.slot_id, Slot.taken > 0)
        .values(taken=Slot.taken - 1)
        .execution_options(synchronize_session=False)
    )
