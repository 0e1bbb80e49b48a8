"""Many people at once: nothing is sold twice, nobody loses a basket, nobody sees a deadlock."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from coopcircuits.actor import GUEST
from coopcircuits.db import Database
from orders.cart.models import CartLine
from orders.checkout.services import Contact, place_order
from orders.errors import SlotFull
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.order_cycle.models import OrderCycle, Slot
from shops.errors import OutOfStock
from shops.stock.models import Stock
from tests.support.crowd import at_once
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import checkout, make_order, slots_of
from tests.support.shops import make_product, make_shop, variant


def ordering(sent: dict[str, Any]) -> Callable[[Any], object]:
    return lambda session: place_order(session, **sent)


def baskets(database: Database, people: int, **product: Any) -> tuple[OrderCycle, list[dict[str, Any]]]:
    """A cycle with one product, and what so many people with one piece in their basket are about to send."""
    with database.transaction() as session:
        shop = make_shop(session)
        make_product(session, shop, variants=[variant(**product)])
        cycle = make_cycle(session, shop)
        slot = slots_of(session, cycle)[-1]
        (offer,) = offers_of(session, cycle)
        sent = [
            checkout(
                make_cart(session, cycle, {offer.id: 1}, visitor=f"visitor-number-{number:012d}"),
                cycle,
                contact=Contact(f"Client {number}", f"client{number}@example.org", ""),
                slot_id=slot.id,
            )
            for number in range(people)
        ]
        return cycle, sent


def test_fifty_people_want_the_last_ten_boxes(database: Database) -> None:
    _cycle, sent = baskets(database, 50, on_hand=10)
    assert at_once(database, [ordering(one) for one in sent]) == {"done": 10, OutOfStock.__name__: 40}
    with database.reading() as session:
        (stock,) = session.scalars(select(Stock)).all()
        assert stock.on_hand == 0
        check_invariants(session, initial={stock.variant_id: 10})
        winners = set(session.scalars(select(Order.checkout_key)))
        kept = set(session.scalars(select(CartLine.cart_id)))
    assert kept == {one["cart_id"] for one in sent if one["checkout_key"] not in winners}, "losers keep their basket"


def test_a_slot_holds_as_many_as_it_says(database: Database) -> None:
    _cycle, sent = baskets(database, 12, on_demand=True)
    with database.transaction() as session:
        session.execute(update(Slot).where(Slot.id == sent[0]["slot_id"]).values(capacity=5))
    assert at_once(database, [ordering(one) for one in sent]) == {"done": 5, SlotFull.__name__: 7}
    with database.reading() as session:
        check_invariants(session)


def test_twenty_presses_of_one_button_make_one_order(database: Database) -> None:
    _cycle, (sent,) = baskets(database, 1, on_hand=10)
    assert at_once(database, [ordering(sent)] * 20) == {"done": 20}
    with database.reading() as session:
        (stock,) = session.scalars(select(Stock)).all()
        assert len(session.scalars(select(Order.id)).all()) == 1
        check_invariants(session, initial={stock.variant_id: 10})


@pytest.fixture
def changing(database: Database) -> list[Order]:
    """Twelve orders of two products each."""
    with database.transaction() as session:
        shop = make_shop(session)
        make_product(session, shop, variants=[variant(on_hand=500), variant(unit_value=500, price=210, on_hand=500)])
        cycle = make_cycle(session, shop)
        wanted = {offer.id: 5 for offer in offers_of(session, cycle)}
        slot_id = slots_of(session, cycle)[-1].id
        return [make_order(session, cycle, quantities=wanted, slot_id=slot_id) for _ in range(12)]


def test_changes_that_cross_each_other_do_not_block(database: Database, changing: list[Order]) -> None:
    """Half take more of one product and less of the other, half the other way round."""

    def change(order: Order, first: int, second: int) -> Callable[[Any], object]:
        one, other = sorted(order.lines, key=lambda line: line.variant_id)
        quantities = {one.id: first, other.id: second}
        total = first * one.unit_price + second * other.unit_price
        return lambda session: orders.change_quantities(
            session, order_id=order.id, quantities=quantities, agreed_total=total, actor=GUEST
        )

    jobs = [change(order, *((7, 3) if number % 2 else (3, 7))) for number, order in enumerate(changing)]
    assert at_once(database, jobs) == {"done": 12}
    with database.reading() as session:
        check_invariants(session, initial=dict.fromkeys(session.scalars(select(Stock.variant_id)), 500))


def test_an_order_is_cancelled_once_and_never_half_changed(database: Database, changing: list[Order]) -> None:
    order = changing[0]
    line = order.lines[0]
    total = order.total - line.unit_price

    def lower(session: Any) -> object:
        return orders.change_quantities(
            session, order_id=order.id, quantities={line.id: 4}, agreed_total=total, actor=GUEST
        )

    def cancel(session: Any) -> object:
        return orders.cancel(session, order_id=order.id, actor=GUEST)

    ends = at_once(database, [cancel, lower] * 6)
    assert ends["done"] + ends["WrongState"] == 12
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.CANCELLED
        check_invariants(session, initial=dict.fromkeys(session.scalars(select(Stock.variant_id)), 500))
