"""Turn a basket into an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, or_, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.auth.models import User
from coopcircuits.db import BareRow, table, write
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.money import TaxedMoney
from coopcircuits.references import new_reference, new_secret
from orders.cart import services as carts
from orders.cart.owner import Owner
from orders.cart.queries import quantities
from orders.cart.services import Filled
from orders.checkout import queries
from orders.errors import AmountMoved, BasketChanged, CycleNotOpen, PriceMove, SlotFull
from orders.events import OrderReserved
from orders.offer import queries as offers
from orders.order import queries as orders
from orders.order.amounts import Amounts, work_out
from orders.order.models import Order, OrderLine, OrderState, Origin
from orders.order.services import book
from orders.order_cycle.models import Slot
from orders.order_cycle.queries import current_cycle
from orders.payment import services as payments
from orders.shopfront.services import stock_moved
from shops.customer.services import find_or_create
from shops.enterprise.models import EnterpriseState
from shops.payment_method.models import PaymentKind
from shops.stock import services as stock
from shops.stock.models import MoveReason

#: Cards are charged this many minor units at least.
SMALLEST_CHARGE = 50

_WRITE_LINES = insert(table(OrderLine))
_slot = table(Slot).c
_TAKE_PLACE = (
    update(table(Slot))
    .where(_slot.id == bindparam("slot_id"), or_(_slot.capacity.is_(None), _slot.taken < _slot.capacity))
    .values(taken=_slot.taken + 1)
    .returning(_slot.taken)
)


@dataclass(frozen=True)
class Contact:
    """Who the shop will see, and write to."""

    name: str
    email: str
    phone: str


def place_order(
    session: Session,
    *,
    actor: Actor,
    cart_id: int,
    checkout_key: str,
    cart_version: int,
    contact: Contact,
    slot_id: int,
    payment_kind: PaymentKind,
    note: str,
    language: str,
    shown_total: int | None = None,
) -> Order:
    """Make one order of a basket: all of it or nothing, and once per ``checkout_key`` however often it is sent.

    ``shown_total`` is the sum on the page that the person agreed to; without it, prices must be those seen when the
    basket was filled. Raises :class:`BasketChanged`, :class:`AmountMoved`, :class:`CycleNotOpen`, :class:`SlotFull`,
    :class:`OutOfStock` or :class:`InvalidInput`; the basket then stays as it is. An order paid by card waits for its
    payment, holding stock and slot for :data:`orders.payment.services.CARD_HOLD`.
    """
    cart = queries.lock_basket(session, cart_id=cart_id)
    if cart is None or cart.checkout_key != checkout_key:  # sent before, or twice at once: there is the order
        if made := orders.by_checkout_key(session, checkout_key):
            return made
        raise BasketChanged
    lines = queries.lines_of(session, cart_id=cart_id)
    if cart.version != cart_version or not lines:
        raise BasketChanged
    pickup = queries.pickup_of(session, cycle_id=cart.cycle_id, slot_id=slot_id, kind=payment_kind)
    if pickup is None or pickup.ends_at <= clock.now():
        raise InvalidInput(N_("Please choose when you collect."), field="slot")
    _check_open(pickup)
    if not pickup.accepts:
        raise InvalidInput(
            N_("The shop does not take this payment any more. Please choose another one."), field="payment"
        )
    amounts = work_out(((line.quantity * line.price, line.tax_rate_bp) for line in lines), pickup.fee)
    _check_prices(lines, amounts, shown_total)
    if payment_kind is PaymentKind.CARD and amounts.total < SMALLEST_CHARGE:
        raise InvalidInput(N_("This order is too small to be paid by card."), field="payment")
    order = _write(session, actor, cart, pickup, contact, payment_kind, note, language, amounts)
    session.execute(_WRITE_LINES, [_line(order, line) for line in lines])
    _expect_payment(session, order, pickup)
    if order.state is OrderState.PLACED:
        book(session, order=order, taxes=amounts.taxes, actor=actor)
    else:
        record(session, OrderReserved(order.id, order.shop_id, order.total), actor=actor)
    carts.empty(session, cart_id=cart.id)
    # Last what everybody wants, so that nobody waits for longer than it takes to take it.
    _take(session, order, lines, actor)
    _take_place(session, slot_id)
    _check_open(pickup)  # again: we may have waited
    return order


def refill(session: Session, *, owner: Owner, order: Order) -> Filled:
    """Put what an order held into the basket of the shop's present sale, beside what lies there already.

    What is no longer sold is left out, what is short is named in ``shortages``. Raises :class:`CycleNotOpen`.
    """
    cycle = current_cycle(session, order.shop_id)
    if cycle is None:
        raise CycleNotOpen
    on_sale = {item.offer.variant_id: item.offer.id for item in offers.on_sale(session, cycle_id=cycle.id)}
    wanted = quantities(session, owner=owner, cycle_id=cycle.id)
    for line in orders.lines_of(session, order_id=order.id):
        if line.quantity and (offer_id := on_sale.get(line.variant_id)):
            wanted[offer_id] = min(wanted.get(offer_id, 0) + line.quantity, carts.MOST)
    return carts.put(session, owner=owner, shop_id=order.shop_id, cycle_id=cycle.id, quantities=wanted)


def _check_open(pickup: BareRow) -> None:
    if not pickup.opens_at <= clock.now() < pickup.closes_at or pickup.state is not EnterpriseState.ACTIVE:
        raise CycleNotOpen


def _check_prices(lines: Sequence[BareRow], amounts: Amounts, shown_total: int | None) -> None:
    """The person pays what they saw, or is asked again."""
    moves = _price_moves(lines)
    agreed = not moves if shown_total is None else amounts.total == shown_total
    if any(move.now is None for move in moves) or (moves and not agreed):
        raise BasketChanged(moves)
    if not agreed:
        raise AmountMoved


def _price_moves(lines: Sequence[BareRow]) -> list[PriceMove]:
    """The lines whose price is another one than when they were put in the basket, or that have left the sale."""
    now = {line.id: None if line.withdrawn_at else line.price for line in lines}
    return [
        PriceMove(line.id, line.product_name, line.price_seen, now[line.id])
        for line in lines
        if now[line.id] != line.price_seen
    ]


def _write(
    session: Session,
    actor: Actor,
    cart: BareRow,
    pickup: BareRow,
    contact: Contact,
    payment_kind: PaymentKind,
    note: str,
    language: str,
    amounts: Amounts,
) -> Order:
    now, by_card = clock.now(), payment_kind is PaymentKind.CARD
    email = contact.email.strip().lower()
    customer_id = find_or_create(
        session,
        enterprise_id=pickup.shop_id,
        email=email,
        name=contact.name,
        phone=contact.phone,
        user_id=_proven_user(session, actor, email),
    )
    order = Order(
        reference=new_reference(),
        link_secret=new_secret(),
        checkout_key=cart.checkout_key,
        shop_id=pickup.shop_id,
        cycle_id=cart.cycle_id,
        customer_id=customer_id,
        user_id=actor.user_id,
        state=OrderState.AWAITING_PAYMENT if by_card else OrderState.PLACED,
        origin=Origin.ONLINE,
        language=language,
        currency=pickup.currency,
        customer_name=contact.name,
        email=email,
        phone=contact.phone,
        note=note,
        slot_id=pickup.id,
        pickup_name=pickup.name,
        pickup_address=", ".join(part for part in (pickup.street, f"{pickup.postcode} {pickup.city}".strip()) if part),
        pickup_from=pickup.starts_at,
        pickup_until=pickup.ends_at,
        payment_kind=payment_kind,
        items_total=amounts.items_total,
        delivery_fee=amounts.delivery_fee,
        total=amounts.total,
        tax_total=amounts.tax_total,
        created_at=now,
        placed_at=None if by_card else now,
    )
    return write(session, order)


def _line(order: Order, line: BareRow) -> dict[str, Any]:
    total = line.quantity * line.price
    return {
        "order_id": order.id,
        "offer_id": line.id,
        **{name: getattr(line, name) for name in queries.SNAPSHOT},
        "unit_price": line.price,
        "quantity": line.quantity,
        "total": total,
        "tax": TaxedMoney.from_gross(total, line.tax_rate_bp).tax,
    }


def _proven_user(session: Session, actor: Actor, email: str) -> int | None:
    """The signed-in person, if they proved that this address is theirs: they will see all orders made under it."""
    if actor.user_id is None:
        return None
    user = session.get_one(User, actor.user_id)
    return user.id if user.confirmed_at is not None and user.email == email else None


def _take(session: Session, order: Order, lines: Sequence[BareRow], actor: Actor) -> None:
    wanted = {line.variant_id: line.quantity for line in lines}
    left = stock.take(session, quantities=wanted, order_id=order.id, reason=MoveReason.ORDERED, actor=actor)
    stock_moved(session, left=left, moved={variant_id: -quantity for variant_id, quantity in wanted.items()})


def _take_place(session: Session, slot_id: int) -> None:
    if session.execute(_TAKE_PLACE, {"slot_id": slot_id}).scalar() is None:
        raise SlotFull(field="slot")


def _expect_payment(session: Session, order: Order, pickup: BareRow) -> None:
    if order.total:
        account = pickup.payment_account if order.payment_kind is PaymentKind.CARD else None
        payments.expect(session, order=order, kind=order.payment_kind, amount=order.total, account=account)
