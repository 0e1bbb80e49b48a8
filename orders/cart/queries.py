"""Reading baskets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.cart.models import Cart, CartLine
from orders.cart.owner import Owner
from orders.cart.review import ReviewedBasket, ReviewedLine
from orders.offer import queries as offers
from orders.order_cycle.models import OrderCycle

_WITH_OFFERS = selectinload(Cart.lines).joinedload(CartLine.offer)


def belongs_to(owner: Owner) -> ColumnElement[bool]:
    """The condition that picks an owner's baskets."""
    return Cart.user_id == owner.user_id if owner.user_id is not None else Cart.visitor == owner.visitor


def cart_of(session: Session, *, owner: Owner, cycle_id: int) -> Cart | None:
    """An owner's basket for a cycle, with its lines and their offers."""
    return session.scalar(select(Cart).where(belongs_to(owner), Cart.cycle_id == cycle_id).options(_WITH_OFFERS))


def lock_cart(session: Session, *, owner: Owner, cycle_id: int) -> Cart | None:
    """The same, held until the transaction ends."""
    return session.scalar(
        select(Cart)
        .where(belongs_to(owner), Cart.cycle_id == cycle_id)
        .options(_WITH_OFFERS)
        .with_for_update(of=Cart)
        .execution_options(populate_existing=True)
    )


def lock_carts(session: Session, *, owner: Owner) -> Sequence[Cart]:
    """Every basket of an owner in the order of ids, held until the transaction ends."""
    return session.scalars(
        select(Cart)
        .where(belongs_to(owner))
        .options(_WITH_OFFERS)
        .order_by(Cart.id)
        .with_for_update(of=Cart)
        .execution_options(populate_existing=True)
    ).all()


def filled_carts(session: Session, *, owner: Owner, shop_id: int | None = None) -> Sequence[tuple[Cart, OrderCycle]]:
    """Baskets with something in them, of one shop or of all, each with its cycle and shop; the latest change first."""
    query = (
        select(Cart, OrderCycle)
        .join(OrderCycle, OrderCycle.id == Cart.cycle_id)
        .where(belongs_to(owner), Cart.lines.any())
        .options(_WITH_OFFERS, joinedload(OrderCycle.shop))
        .order_by(Cart.updated_at.desc(), Cart.id)
    )
    if shop_id is not None:
        query = query.where(Cart.shop_id == shop_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def reviewed(session: Session, *, owner: Owner, shop_id: int | None = None) -> list[ReviewedBasket]:
    """The same, each line beside its offer as it stands now."""
    found = filled_carts(session, owner=owner, shop_id=shop_id)
    items = offers.with_stock(session, {line.offer_id for cart, _ in found for line in cart.lines})
    return [
        ReviewedBasket(cart, cycle, [ReviewedLine(line, items[line.offer_id]) for line in cart.lines])
        for cart, cycle in found
    ]


def count_pieces(session: Session, *, owner: Owner) -> int:
    """How many pieces lie in an owner's baskets, for the header."""
    total = session.scalar(
        select(func.sum(CartLine.quantity)).join(Cart, Cart.id == CartLine.cart_id).where(belongs_to(owner))
    )
    return int(total or 0)


def quantities(session: Session, *, owner: Owner, cycle_id: int) -> dict[int, int]:
    """What an owner put in the basket of a cycle, by offer id."""
    rows = session.execute(
        select(CartLine.offer_id, CartLine.quantity)
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(belongs_to(owner), Cart.cycle_id == cycle_id)
    )
    return {row.offer_id: row.quantity for row in rows}


def untouched_since(session: Session, moment: datetime, *, most: int) -> Sequence[int]:
    """Ids of baskets last changed before ``moment``, oldest first."""
    return session.scalars(
        select(Cart.id).where(Cart.updated_at < moment).order_by(Cart.updated_at, Cart.id).limit(most)
    ).all()
