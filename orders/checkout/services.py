"""Turn a basket into an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, or_, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.auth.models import User
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.money import TaxedMoney
from coopcircuits.references import new_reference, new_secret
from orders.cart import services as carts
from orders.cart.models import Cart, CartLine
from orders.cart.owner import Owner
from orders.cart.queries import lock_cart_by_id, quantities
from orders.cart.services import Filled
from orders.checkout import queries
from orders.errors import AmountMoved, BasketChanged, CycleNotOpen, PriceMove, SlotFull
from orders.events import OrderReserved
from orders.offer import queries as offers
from orders.order import queries as orders
from orders.order.amounts import Amounts, work_out
from orders.order.models import Order, OrderLine, OrderState, Origin
from orders.order.services import book
from orders.order_cycle.models import CycleState, OrderCycle, Slot
from orders.order_cycle.queries import current_cycle
from orders.payment import services as payments
from orders.shopfront.services import stock_moved
from shops.customer.services import find_or_create
from shops.enterprise.models import Enterprise, EnterpriseState
from shops.payment_method import queries as payment_methods
from shops.payment_method.models import PaymentKind
from shops.stock import services as stock
from shops.stock.models import MoveReason

#: Cards are charged this many minor units at least.
SMALLEST_CHARGE = 50


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
    cart = lock_cart_by_id(session, cart_id=cart_id)
    if cart is None or cart.checkout_key != checkout_key:  # sent before, or twice at once: there is the order
        if made := orders.by_checkout_key(session, checkout_key):
            return made
        raise BasketChanged
    if cart.version != cart_version or not cart.lines:
        raise BasketChanged
    slot = _slot(session, cart, slot_id)
    cycle, shop = slot.cycle, slot.cycle.shop
    _check_open(cycle, shop)
    _check_payment(session, shop, payment_kind)
    amounts = work_out(
        ((line.quantity * line.offer.price, line.offer.tax_rate_bp) for line in cart.lines), slot.method.fee
    )
    _check_prices(cart.lines, amounts, shown_total)
    if payment_kind is PaymentKind.CARD and amounts.total < SMALLEST_CHARGE:
        raise InvalidInput(N_("This order is too small to be paid by card."), field="payment")
    order = _write(session, actor, cart, shop, contact, slot, payment_kind, note, language, amounts)
    _take(session, order, cart.lines, actor)
    _take_place(session, slot)
    _check_open(cycle, shop)  # again: the locks above may have made us wait
    _expect_payment(session, order, shop)
    if order.state is OrderState.PLACED:
        book(session, order=order, taxes=amounts.taxes, actor=actor)
    else:
        record(session, OrderReserved(order.id, order.shop_id, order.total), actor=actor)
    carts.empty(session, cart=cart)
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


def _check_open(cycle: OrderCycle, shop: Enterprise) -> None:
    if cycle.state is not CycleState.OPEN or shop.state is not EnterpriseState.ACTIVE:
        raise CycleNotOpen


def _slot(session: Session, cart: Cart, slot_id: int) -> Slot:
    slot = queries.slot_of(session, cycle_id=cart.cycle_id, slot_id=slot_id)
    if slot is None or slot.ends_at <= clock.now():
        raise InvalidInput(N_("Please choose when you collect."), field="slot")
    return slot


def _check_payment(session: Session, shop: Enterprise, kind: PaymentKind) -> None:
    if kind not in {method.kind for method in payment_methods.accepted(session, shop.id)}:
        raise InvalidInput(
            N_("The shop does not take this payment any more. Please choose another one."), field="payment"
        )


def _check_prices(lines: Sequence[CartLine], amounts: Amounts, shown_total: int | None) -> None:
    """The person pays what they saw, or is asked again."""
    moves = price_moves(lines)
    agreed = not moves if shown_total is None else amounts.total == shown_total
    if any(move.now is None for move in moves) or (moves and not agreed):
        raise BasketChanged(moves)
    if not agreed:
        raise AmountMoved


def price_moves(lines: Sequence[CartLine]) -> list[PriceMove]:
    """The lines whose price is another one than when they were put in the basket, or that have left the sale."""
    now = {line.offer_id: None if line.offer.withdrawn_at else line.offer.price for line in lines}
    return [
        PriceMove(line.offer_id, line.offer.product_name, line.price_seen, now[line.offer_id])
        for line in lines
        if now[line.offer_id] != line.price_seen
    ]


def _write(
    session: Session,
    actor: Actor,
    cart: Cart,
    shop: Enterprise,
    contact: Contact,
    slot: Slot,
    payment_kind: PaymentKind,
    note: str,
    language: str,
    amounts: Amounts,
) -> Order:
    now, by_card, method = clock.now(), payment_kind is PaymentKind.CARD, slot.method
    customer = find_or_create(
        session,
        enterprise_id=shop.id,
        email=contact.email,
        name=contact.name,
        phone=contact.phone,
        user_id=_proven_user(session, actor, contact.email),
    )
    order = Order(
        reference=_free_reference(session),
        link_secret=new_secret(),
        checkout_key=cart.checkout_key,
        shop_id=shop.id,
        cycle_id=cart.cycle_id,
        customer_id=customer.id,
        user_id=actor.user_id,
        state=OrderState.AWAITING_PAYMENT if by_card else OrderState.PLACED,
        origin=Origin.ONLINE,
        language=language,
        currency=shop.currency,
        customer_name=contact.name,
        email=customer.email,
        phone=contact.phone,
        note=note,
        slot_id=slot.id,
        pickup_name=method.name,
        pickup_address=", ".join(part for part in (method.street, f"{method.postcode} {method.city}".strip()) if part),
        pickup_from=slot.starts_at,
        pickup_until=slot.ends_at,
        payment_kind=payment_kind,
        items_total=amounts.items_total,
        delivery_fee=amounts.delivery_fee,
        total=amounts.total,
        tax_total=amounts.tax_total,
        created_at=now,
        placed_at=None if by_card else now,
    )
    session.add(order)
    session.flush()
    session.execute(insert(OrderLine), [_line(order, line) for line in cart.lines])
    return order


def _line(order: Order, line: CartLine) -> dict[str, Any]:
    offer, total = line.offer, line.quantity * line.offer.price
    return {
        "order_id": order.id,
        "offer_id": offer.id,
        "variant_id": offer.variant_id,
        "producer_id": offer.producer_id,
        "product_name": offer.product_name,
        "variant_name": offer.variant_name,
        "producer_name": offer.producer_name,
        "drawing": offer.drawing,
        "unit_kind": offer.unit_kind,
        "unit_value": offer.unit_value,
        "unit_name": offer.unit_name,
        "base_price": offer.base_price,
        "fees": offer.fees,
        "unit_price": offer.price,
        "tax_rate_bp": offer.tax_rate_bp,
        "quantity": line.quantity,
        "total": total,
        "tax": TaxedMoney.from_gross(total, offer.tax_rate_bp).tax,
    }


def _proven_user(session: Session, actor: Actor, email: str) -> int | None:
    """The signed-in person, if they proved that this address is theirs: they will see all orders made under it."""
    if actor.user_id is None:
        return None
    user = session.get_one(User, actor.user_id)
    return user.id if user.confirmed_at is not None and user.email == email.strip().lower() else None


def _free_reference(session: Session) -> str:
    while not orders.reference_is_free(session, reference := new_reference()):
        pass  # one in a million times, with a million orders
    return reference


def _take(session: Session, order: Order, lines: Sequence[CartLine], actor: Actor) -> None:
    wanted = {line.offer.variant_id: line.quantity for line in lines}
    left = stock.take(session, quantities=wanted, order_id=order.id, reason=MoveReason.ORDERED, actor=actor)
    stock_moved(session, left=left, moved={variant_id: -quantity for variant_id, quantity in wanted.items()})


def _take_place(session: Session, slot: Slot) -> None:
    taken = session.scalar(
        update(Slot)
        .where(Slot.id == slot.id, or_(Slot.capacity.is_(None), Slot.taken < Slot.capacity))
        .values(taken=Slot.taken + 1)
        .returning(Slot.taken)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise SlotFull(field="slot")


def _expect_payment(session: Session, order: Order, shop: Enterprise) -> None:
    if order.total:
        account = shop.payment_account if order.payment_kind is PaymentKind.CARD else None
        payments.expect(session, order=order, kind=order.payment_kind, amount=order.total, account=account)
