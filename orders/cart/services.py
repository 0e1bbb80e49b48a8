"""Fill a basket, bring two together, empty one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import table, write_unless_there
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_
from coopcircuits.references import new_secret
from orders.cart import queries
from orders.cart.models import Cart, CartLine
from orders.cart.owner import Owner
from orders.errors import CycleNotOpen
from orders.offer import queries as offers
from orders.offer.models import Offer
from orders.offer.queries import OnSale
from orders.order_cycle.models import CycleState, OrderCycle

#: Most pieces of one offer in one basket.
MOST = 999

_cart, _line = table(Cart), table(CartLine)
_RENEW = (
    update(_cart)
    .where(_cart.c.id == bindparam("cart_id"))
    .values(checkout_key=bindparam("key"), version=_cart.c.version + 1, updated_at=bindparam("now"))
)
_CLEAR = delete(_line).where(_line.c.cart_id == bindparam("cart_id"))


@dataclass(frozen=True)
class Shortage:
    """Fewer pieces than asked for were put in the basket, because ``left`` is all that is left."""

    offer: Offer
    asked: int
    left: int


@dataclass(frozen=True)
class Filled:
    """A basket after a change, and what could not be served in full."""

    cart: Cart
    shortages: Sequence[Shortage]


def put(session: Session, *, owner: Owner, shop_id: int, cycle_id: int, quantities: Mapping[int, int]) -> Filled:
    """Set the quantities of some offers (by offer id); 0 takes one out, the others stay as they are.

    Quantities above the stock are lowered to it and named in ``shortages``; what is sold out is never taken out of a
    basket by itself. Raises :class:`CycleNotOpen` when something is added while the cycle is not open, and
    :class:`InvalidInput` with ``field`` ``q<offer id>``.
    """
    cycle = session.get(OrderCycle, cycle_id)
    if cycle is None or cycle.shop_id != shop_id:
        raise NotFound
    on_sale = offers.with_stock(session, quantities)
    if any(offer_id not in on_sale or on_sale[offer_id].offer.cycle_id != cycle_id for offer_id in quantities):
        raise NotFound
    for offer_id, quantity in quantities.items():
        if not 0 <= quantity <= MOST:
            raise InvalidInput(N_("At most %(most)s."), field=f"q{offer_id}", most=MOST)
    cart = _own_cart(session, owner, cycle)
    before = _content(cart)
    held = {line.offer_id: line.quantity for line in cart.lines}
    if cycle.state is not CycleState.OPEN and any(q > held.get(o, 0) for o, q in quantities.items()):
        raise CycleNotOpen
    shortages = [
        shortage
        for offer_id, quantity in sorted(quantities.items())
        if (shortage := _set(cart, on_sale[offer_id], quantity))
    ]
    if _content(cart) != before:
        _changed(cart)
    session.flush()
    return Filled(cart, shortages)


def adjust(session: Session, *, owner: Owner, shop_id: int, cycle_id: int) -> Filled:
    """Bring a basket to what can be ordered now: quantities down to the stock, withdrawn products out, prices seen."""
    cart = queries.lock_cart(session, owner=owner, cycle_id=cycle_id)
    if cart is None or cart.shop_id != shop_id:
        raise NotFound
    on_sale = offers.with_stock(session, [line.offer_id for line in cart.lines])
    for line in list(cart.lines):
        item = on_sale[line.offer_id]
        left = 0 if item.offer.withdrawn_at else item.left
        if left == 0:
            cart.lines.remove(line)
            continue
        line.price_seen = item.offer.price
        if left is not None:
            line.quantity = min(line.quantity, left)
    _changed(cart)
    session.flush()
    return Filled(cart, [])


def reuse(session: Session, *, owner: Owner, shop_id: int, past_cycle_id: int, cycle_id: int) -> Filled:
    """Move the products of a past cycle's basket into another one; those that it does not sell stay where they are."""
    past = queries.lock_cart(session, owner=owner, cycle_id=past_cycle_id)
    if past is None or past.shop_id != shop_id:
        raise NotFound
    here = {item.offer.variant_id: item.offer for item in offers.on_sale(session, cycle_id=cycle_id)}
    present = queries.quantities(session, owner=owner, cycle_id=cycle_id)
    wanted: dict[int, int] = {}
    for line in list(past.lines):
        if offer := here.get(line.offer.variant_id):
            wanted[offer.id] = min(present.get(offer.id, 0) + line.quantity, MOST)
            past.lines.remove(line)
    _changed(past)
    return put(session, owner=owner, shop_id=shop_id, cycle_id=cycle_id, quantities=wanted)


def merge(session: Session, *, visitor: str, user_id: int) -> int:
    """At log-in, hand the browser's baskets to the account; returns how many there were.

    Where both have one for the same cycle the quantities are added, up to the stock.
    """
    account = Owner(user_id=user_id)
    merged = queries.lock_carts(session, owner=Owner(visitor=visitor))
    own = {cart.cycle_id: cart for cart in queries.lock_carts(session, owner=account)}
    for cart in merged:
        target = own.get(cart.cycle_id)
        if target is None:
            cart.visitor, cart.user_id = None, user_id
            continue
        _add_lines(session, target, cart)
        session.delete(cart)
    session.flush()
    return len(merged)


def discard(session: Session, *, owner: Owner, cycle_id: int) -> None:
    """Throw a basket away, because its owner asked for it."""
    cart = queries.lock_cart(session, owner=owner, cycle_id=cycle_id)
    if cart is None:
        raise NotFound
    session.delete(cart)
    session.flush()


def empty(session: Session, *, cart_id: int) -> None:
    """Empty a basket whose content has become an order; whatever fills it next will be another order."""
    session.execute(_CLEAR, {"cart_id": cart_id})
    session.execute(_RENEW, {"cart_id": cart_id, "key": new_secret(), "now": clock.now()})
    if known := session.identity_map.get(session.identity_key(Cart, cart_id)):
        session.expunge(known)  # with its lines: it was filled in this session, and is past


def purge(session: Session, *, cart_ids: Sequence[int]) -> int:
    """Delete baskets that nobody came back to."""
    session.execute(delete(CartLine).where(CartLine.cart_id.in_(cart_ids)))
    session.execute(delete(Cart).where(Cart.id.in_(cart_ids)))
    return len(cart_ids)


def _own_cart(session: Session, owner: Owner, cycle: OrderCycle) -> Cart:
    """The owner's basket for a cycle, locked; made if there is none, also when two tabs make it at once."""
    cart = queries.lock_cart(session, owner=owner, cycle_id=cycle.id)
    if cart is not None:
        return cart
    write_unless_there(
        session,
        Cart,
        visitor=owner.visitor,
        user_id=owner.user_id,
        shop_id=cycle.shop_id,
        cycle_id=cycle.id,
        checkout_key=new_secret(),
        version=1,
        updated_at=clock.now(),
    )
    made = queries.lock_cart(session, owner=owner, cycle_id=cycle.id)
    assert made is not None  # noqa: S101 - inserted above, or by the one whom the insert waited for
    return made


def _set(cart: Cart, item: OnSale, quantity: int) -> Shortage | None:
    """Set one line; a product that is gone keeps its line, so that the shopper sees what happened to it."""
    line = next((line for line in cart.lines if line.offer_id == item.offer.id), None)
    if quantity == 0:
        if line is not None:
            cart.lines.remove(line)
        return None
    left = 0 if item.offer.withdrawn_at else item.left
    kept = quantity if left is None else min(quantity, left)
    if kept:
        if line is None:
            line = CartLine(offer_id=item.offer.id, offer=item.offer)
            cart.lines.append(line)
        line.quantity, line.price_seen = kept, item.offer.price
    return Shortage(item.offer, quantity, kept) if kept < quantity else None


def _add_lines(session: Session, target: Cart, source: Cart) -> None:
    on_sale = offers.with_stock(session, [line.offer_id for line in source.lines])
    held = {line.offer_id: line for line in target.lines}
    for line in source.lines:
        item, mine = on_sale[line.offer_id], held.get(line.offer_id)
        wanted = min(line.quantity + (mine.quantity if mine else 0), MOST)
        if item.left is not None and not item.offer.withdrawn_at:
            wanted = max(min(wanted, item.left), mine.quantity if mine else 0, 1)
        if mine:
            mine.quantity = wanted
        else:
            target.lines.append(
                CartLine(offer_id=item.offer.id, offer=item.offer, quantity=wanted, price_seen=line.price_seen)
            )
    _changed(target)


def _content(cart: Cart) -> set[tuple[int, int, int]]:
    return {(line.offer_id, line.quantity, line.price_seen) for line in cart.lines}


def _changed(cart: Cart) -> None:
    cart.version += 1
    cart.updated_at = clock.now()
