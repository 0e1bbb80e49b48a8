"""A basket becomes an order: whole, once, at the prices that were seen."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import GUEST, Actor
from coopcircuits.db import Database
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.events.models import Event
from orders.cart.models import Cart, CartLine
from orders.checkout import queries
from orders.checkout.services import Contact, place_order
from orders.errors import AmountMoved, BasketChanged, CycleNotOpen, SlotFull
from orders.offer.models import Offer
from orders.offer.services import withdraw
from orders.order.models import Order, OrderLine, OrderState
from orders.order_cycle.models import OrderCycle, Slot
from orders.payment.models import Payment, PaymentState
from orders.sale.models import SaleEntry, SaleKind
from shops.customer.models import Customer
from shops.enterprise.models import Enterprise, EnterpriseState
from shops.errors import OutOfStock
from shops.payment_method.models import PaymentKind
from shops.stock.models import Stock
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import accept_cards, checkout, make_order, slots_of
from tests.support.people import make_user
from tests.support.shops import make_pickup_point, make_product, make_shop, variant


def test_an_order_is_a_snapshot_of_the_basket(session: Session) -> None:
    cycle = make_cycle(session)
    kilo, half = offers_of(session, cycle)
    order = make_order(session, cycle, quantities={kilo.id: 2, half.id: 3}, note="Sans sac, merci.")

    assert (order.state, order.items_total, order.total, order.currency) == (OrderState.PLACED, 1410, 1410, "EUR")
    assert order.tax_total == 41 + 33, "5,5 % inside 7,80 and inside 6,30, rounded by line"
    assert [(line.product_name, line.quantity, line.unit_price, line.total) for line in order.lines] == [
        ("Tomates rondes", 2, 390, 780),
        ("Tomates rondes", 3, 210, 630),
    ]
    assert (order.pickup_name, order.pickup_address) == ("À la ferme", "1 chemin du Test, 26150 Die")
    check_invariants(session, initial={kilo.variant_id: 10, half.variant_id: 10})


def test_what_is_paid_on_collection_is_a_sale_and_a_payment_to_come(session: Session) -> None:
    order = make_order(session)
    entry = session.scalars(select(SaleEntry)).one()
    assert (entry.kind, entry.gross, entry.taxes) == (SaleKind.SALE, 600, {"550": [569, 31]})
    payment = session.scalars(select(Payment)).one()
    assert (payment.state, payment.amount, payment.kind) == (PaymentState.PENDING, 600, PaymentKind.ON_COLLECTION)
    names = set(session.scalars(select(Event.name).where(Event.subject_id == order.id)))
    assert "OrderPlaced" in names


def test_a_card_order_holds_everything_and_is_no_sale_yet(session: Session) -> None:
    shop = make_shop(session)
    accept_cards(session, shop, "acct_ferme")
    order = make_order(session, make_cycle(session, shop), payment_kind=PaymentKind.CARD)
    assert (order.state, order.placed_at) == (OrderState.AWAITING_PAYMENT, None)
    assert session.scalars(select(SaleEntry)).all() == []
    payment = session.scalars(select(Payment)).one()
    assert (payment.account, payment.checkout_id) == ("acct_ferme", None)
    assert len(payment.idempotency_key) >= 40
    check_invariants(session)


def test_the_basket_is_empty_afterwards_and_may_become_another_order(session: Session) -> None:
    cycle = make_cycle(session)
    cart = make_cart(session, cycle)
    first = place_order(session, **checkout(cart, cycle))
    again = make_cart(session, cycle, {offers_of(session, cycle)[0].id: 2})
    assert again.id == cart.id
    assert again.checkout_key != first.checkout_key
    assert place_order(session, **checkout(again, cycle)).id != first.id


def test_the_same_key_finds_the_order_again(session: Session) -> None:
    cycle = make_cycle(session)
    sent = checkout(make_cart(session, cycle), cycle)
    first = place_order(session, **sent)
    other = {**sent, "contact": Contact("Quelqu’un d’autre", "autre@example.org", "")}
    assert place_order(session, **other).id == first.id
    assert session.scalars(select(Order.email)).all() == ["camille@example.org"]


def _refused(database: Database, error: type[DomainError], given: dict[str, Any]) -> Any:
    """The refusal of an order, after which nothing at all has changed."""

    def rows(session: Session) -> Any:
        lines = session.execute(select(CartLine.offer_id, CartLine.quantity, CartLine.price_seen)).all()
        stock = session.execute(select(Stock.variant_id, Stock.on_hand)).all()
        taken = session.scalars(select(Slot.taken).order_by(Slot.id)).all()
        tables = [session.scalars(select(model.id)).all() for model in (Order, OrderLine, Payment, SaleEntry, Customer)]
        return (
            sorted(map(tuple, lines)),
            sorted(map(tuple, stock)),
            taken,
            tables,
            session.scalars(select(Cart.version)).all(),
        )

    with database.reading() as session:
        before = rows(session)
    with pytest.raises(error) as refusal, database.transaction() as session:
        place_order(session, **given)
    with database.reading() as session:
        assert rows(session) == before
    return refusal.value


@pytest.fixture
def ready(database: Database) -> tuple[OrderCycle, dict[str, Any]]:
    """An open cycle and what a guest is about to send."""
    with database.transaction() as session:
        cycle = make_cycle(session)
        return cycle, checkout(make_cart(session, cycle), cycle)


def test_sold_out_between_the_page_and_the_order(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    _cycle, sent = ready
    with database.transaction() as session:
        first, second = session.scalars(select(Stock).order_by(Stock.variant_id))
        first.on_hand = 0
        sold_out, left = first.variant_id, second.variant_id
    error = _refused(database, OutOfStock, sent)
    assert error.left == {sold_out: 0}
    assert left not in error.left


def test_the_cycle_closed_while_in_checkout(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    cycle, sent = ready
    with clock.travel(cycle.closes_at):
        _refused(database, CycleNotOpen, sent)
    with clock.travel(cycle.closes_at - timedelta(seconds=1)), database.transaction() as session:
        place_order(session, **sent)


def test_a_closed_shop_sells_nothing(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    cycle, sent = ready
    with database.transaction() as session:
        session.get_one(Enterprise, cycle.shop_id).state = EnterpriseState.CLOSED
    _refused(database, CycleNotOpen, sent)


def test_a_full_slot_takes_nobody_else(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    cycle, sent = ready
    with database.transaction() as session:
        slot = session.get_one(Slot, cycle.slots[0].id)
        slot.capacity = 1
        make_order(session, session.get_one(OrderCycle, cycle.id), slot_id=slot.id)
    assert _refused(database, SlotFull, sent).field == "slot"


def test_a_price_that_moved_is_said_before_anything_is_charged(
    database: Database, ready: tuple[OrderCycle, dict[str, Any]]
) -> None:
    _cycle, sent = ready
    with database.transaction() as session:
        offer = session.scalars(select(Offer).order_by(Offer.id)).first()
        assert offer is not None
        offer.base_price, offer.price = 450, 450
    (move,) = _refused(database, BasketChanged, sent).moves
    assert (move.product_name, move.seen, move.now) == ("Tomates rondes", 390, 450)
    _refused(database, BasketChanged, {**sent, "shown_total": 600})
    with database.transaction() as session:
        assert place_order(session, **sent, shown_total=660).total == 660, "the page showed the new price"


def test_a_total_that_the_page_did_not_show(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    _cycle, sent = ready
    _refused(database, AmountMoved, {**sent, "shown_total": 599})


def test_what_left_the_sale_cannot_be_ordered(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    cycle, sent = ready
    with database.transaction() as session:
        withdraw(session, cycle_id=cycle.id, variant_ids=[offers_of(session, cycle)[0].variant_id])
    (move,) = _refused(database, BasketChanged, {**sent, "shown_total": 600}).moves
    assert move.now is None


def test_a_basket_changed_in_another_tab(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    cycle, sent = ready
    with database.transaction() as session:
        make_cart(session, session.get_one(OrderCycle, cycle.id), {offers_of(session, cycle)[0].id: 5})
    _refused(database, BasketChanged, sent)


def test_an_empty_basket_is_no_order(database: Database) -> None:
    with database.transaction() as session:
        cycle = make_cycle(session)
        sent = checkout(make_cart(session, cycle, {}), cycle)
    _refused(database, BasketChanged, sent)


def test_a_way_to_pay_that_the_shop_does_not_take(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    _cycle, sent = ready
    assert _refused(database, InvalidInput, {**sent, "payment_kind": PaymentKind.CARD}).field == "payment"


def test_a_slot_of_another_cycle(database: Database, ready: tuple[OrderCycle, dict[str, Any]]) -> None:
    _cycle, sent = ready
    with database.transaction() as session:
        elsewhere = make_cycle(session).slots[0].id
    assert _refused(database, InvalidInput, {**sent, "slot_id": elsewhere}).field == "slot"


def test_the_pickup_fee_is_part_of_the_total(session: Session) -> None:
    shop = make_shop(session)
    make_pickup_point(session, shop, name="Halle de Crest", fee=150)
    cycle = make_cycle(session, shop)
    slot = next(slot for slot in slots_of(session, cycle) if slot.method.fee)
    order = make_order(session, cycle, slot_id=slot.id)
    assert (order.items_total, order.delivery_fee, order.total) == (600, 150, 750)
    check_invariants(session)


def test_an_account_is_linked_only_by_its_own_confirmed_address(session: Session) -> None:
    cycle = make_cycle(session)
    marie = Actor("user", make_user(session).id)
    own = make_order(session, cycle, actor=marie, contact=Contact("Marie Peyrard", "Marie@example.org", ""))
    other = make_order(session, cycle, actor=marie, contact=Contact("Sa voisine", "voisine@example.org", ""))
    linked = {customer.email: customer.user_id for customer in session.scalars(select(Customer))}
    assert linked == {"marie@example.org": marie.user_id, "voisine@example.org": None}
    assert own.user_id == other.user_id == marie.user_id
    assert make_order(session, cycle).customer_id not in (own.customer_id, other.customer_id)


def test_eight_lines_take_few_statements_and_one_commit(database: Database) -> None:
    with database.transaction() as session:
        shop = make_shop(session)
        for price in range(8):
            make_product(session, shop, name=f"Produit {price}", variants=[variant(price=100 + price, on_hand=50)])
        cycle = make_cycle(session, shop)
        place_order(session, **checkout(make_cart(session, cycle), cycle))  # somebody who bought here before
        sent = checkout(make_cart(session, cycle), cycle)
    seen: Counter[str] = Counter()
    event.listen(database.engine, "before_cursor_execute", lambda *a: seen.update([a[2].split()[0].upper()]))
    event.listen(database.engine, "commit", lambda *a: seen.update(["commit"]))
    with database.transaction() as session:
        order = place_order(session, **sent)
    assert order.items_total == sum(range(100, 108))
    assert seen.pop("commit") == 1
    del seen["BEGIN"]
    assert sum(seen.values()) == 16, seen


def test_a_guest_is_a_guest(session: Session) -> None:
    order = make_order(session)
    assert order.user_id is None
    placed = session.scalars(select(Event).where(Event.name == "OrderPlaced")).one()
    assert placed.actor == GUEST.label
    assert placed.payload == {"order_id": order.id, "shop_id": order.shop_id, "total": order.total}


def test_a_late_basket_of_another_visitor_is_untouched(session: Session) -> None:
    cycle = make_cycle(session)
    cart = make_cart(session, cycle)
    make_order(session, cycle)
    assert len(queries.lines_of(session, cart_id=cart.id)) == 2
