"""Orders are changed, cancelled and handed over; stock, slots, ledger and money follow to the cent."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import GUEST, SYSTEM, Actor
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.events.models import Event
from orders.checkout.services import Contact
from orders.errors import AmountMoved, NothingLeft, PaidByCard, TooLate, TooMuch, WrongState
from orders.offer.services import withdraw
from orders.order import queries, services
from orders.order.models import Order, OrderState
from orders.order.queries import lines_of
from orders.order_cycle.models import OrderCycle
from orders.payment import queries as payment_queries
from orders.payment import services as payments
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from orders.sale import queries as sales
from orders.sale.models import SaleEntry, SaleKind
from shops.errors import OutOfStock
from shops.payment_method.models import PaymentKind
from shops.stock.models import Stock
from tests.support.cycles import make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import accept_cards, make_order
from tests.support.people import make_user
from tests.support.shops import make_product, make_shop, variant

INITIAL = 10


def placed(session: Session, **given: int) -> Order:
    """Two kilograms and one half kilogram of tomatoes, ordered until in two days."""
    cycle = make_cycle(session)
    kilo, half = offers_of(session, cycle)
    return make_order(session, cycle, quantities={kilo.id: given.get("kilo", 2), half.id: given.get("half", 1)})


def change(session: Session, order: Order, kilo: int, half: int) -> Order:
    """New quantities, agreed to at the total they come to."""
    total = kilo * 390 + half * 210 + order.delivery_fee
    first, second = lines_of(session, order_id=order.id)
    return services.change_quantities(
        session, order_id=order.id, quantities={first.id: kilo, second.id: half}, agreed_total=total, actor=GUEST
    )


def check(session: Session) -> None:
    session.flush()
    check_invariants(session, initial=dict.fromkeys(session.scalars(select(Stock.variant_id)), INITIAL))


def paid_on_the_spot(session: Session, order: Order) -> Payment:
    payment = payment_queries.payments_of(session, order_id=order.id)[0]
    return payments.receive(session, payment_id=payment.id, shop_id=order.shop_id, actor=SYSTEM)


def expected(session: Session, order: Order) -> list[int]:
    found = payment_queries.payments_of(session, order_id=order.id)
    return [payment.amount for payment in found if payment.state is PaymentState.PENDING]


def refunds(session: Session) -> list[tuple[int, RefundState]]:
    session.flush()
    return [(refund.amount, refund.state) for refund in session.scalars(select(Refund).order_by(Refund.id))]


def test_quantities_go_up_and_down_until_the_sale_closes(session: Session) -> None:
    order = placed(session)
    kilo, half = order.lines
    change(session, order, kilo=5, half=0)
    assert (order.total, order.items_total) == (1950, 1950)
    assert expected(session, order) == [1950]
    check(session)
    entries = session.scalars(select(SaleEntry).order_by(SaleEntry.id)).all()
    assert [(entry.kind, entry.gross) for entry in entries] == [(SaleKind.SALE, 990), (SaleKind.CHANGE, 960)]
    event = session.scalars(select(Event).where(Event.name == "OrderChanged")).one()
    assert event.payload["lines"] == [[kilo.id, 2, 5], [half.id, 1, 0]]


def test_the_month_of_a_change_is_the_month_in_which_it_happens(session: Session) -> None:
    last_evening = clock.at_local(clock.now().date().replace(day=1), 0, 0, "Europe/Paris") - timedelta(hours=1)
    with clock.travel(last_evening):
        order = placed(session)
    with clock.travel(last_evening + timedelta(hours=2)):
        change(session, order, kilo=1, half=1)
    months = session.scalars(select(SaleEntry.month).order_by(SaleEntry.id)).all()
    assert months[0] < months[1]
    assert months[1] == f"{clock.now():%Y-%m}"


def test_more_than_there_is_changes_nothing(session: Session) -> None:
    order = placed(session)
    kilo = order.lines[0]
    with pytest.raises(OutOfStock) as refusal:
        change(session, order, kilo=13, half=0)
    assert refusal.value.left == {kilo.variant_id: 8}


def test_changes_that_make_no_sense(session: Session) -> None:
    order = placed(session)
    kilo, half = order.lines
    cases: list[tuple[dict[int, int], int, type[DomainError]]] = [
        ({kilo.id: 0, half.id: 0}, 0, NothingLeft),
        ({kilo.id: 1}, 990, AmountMoved),
        ({kilo.id: -1}, 0, InvalidInput),
        ({kilo.id: 1_000_000_000}, 0, InvalidInput),
        ({0: 1}, 990, InvalidInput),
    ]
    for wanted, agreed, error in cases:
        with pytest.raises(error):
            services.change_quantities(session, order_id=order.id, quantities=wanted, agreed_total=agreed, actor=GUEST)
    check(session)


def test_nothing_moves_after_the_closing(session: Session) -> None:
    order = placed(session)
    with clock.travel(session.get_one(OrderCycle, order.cycle_id).closes_at):
        with pytest.raises(TooLate):
            change(session, order, kilo=1, half=1)
        with pytest.raises(TooLate):
            services.cancel(session, order_id=order.id, actor=GUEST)
    check(session)


def test_what_left_the_sale_can_be_lowered_not_raised(session: Session) -> None:
    order = placed(session)
    withdraw(session, cycle_id=order.cycle_id, variant_ids=[order.lines[0].variant_id])
    with pytest.raises(InvalidInput):
        change(session, order, kilo=3, half=1)
    change(session, order, kilo=1, half=3)
    check(session)


def test_a_card_is_never_charged_a_second_time(session: Session) -> None:
    shop = make_shop(session)
    accept_cards(session, shop, "acct_ferme")
    make_product(session, shop, variants=[variant(), variant(unit_value=500, price=210)])
    order = make_order(session, make_cycle(session, shop), payment_kind=PaymentKind.CARD)
    payment = payment_queries.payments_of(session, order_id=order.id)[0]
    payment.state, payment.intent_id = PaymentState.PAID, "pi_1"
    services.confirm(session, order=order, actor=SYSTEM)
    with pytest.raises(PaidByCard):
        change(session, order, kilo=2, half=1)
    change(session, order, kilo=0, half=2)
    assert refunds(session) == [(180, RefundState.REQUESTED)]
    check(session)


def test_cancelling_gives_everything_back(session: Session) -> None:
    order = placed(session)
    paid_on_the_spot(session, order)
    services.cancel(session, order_id=order.id, actor=GUEST)
    assert order.state is OrderState.CANCELLED
    assert refunds(session) == [(990, RefundState.REQUESTED)]
    assert sales.due(session, order_id=order.id) == 0
    check(session)
    with pytest.raises(WrongState):
        services.cancel(session, order_id=order.id, actor=GUEST)


def test_an_unpaid_order_that_is_cancelled_is_not_expected_any_more(session: Session) -> None:
    order = placed(session)
    services.cancel(session, order_id=order.id, actor=GUEST)
    assert expected(session, order) == refunds(session) == []
    check(session)


def test_the_shop_cancels_late_and_says_why(session: Session) -> None:
    order = placed(session)
    with clock.travel(clock.now() + timedelta(days=5)):
        with pytest.raises(InvalidInput):
            services.cancel(session, order_id=order.id, actor=SYSTEM, by_shop=True)
        services.cancel(session, order_id=order.id, actor=SYSTEM, by_shop=True, reason="Grêle sur les tomates")
    assert order.cancel_reason == "Grêle sur les tomates"
    check(session)


def test_raising_after_paying_leaves_the_difference_to_pay(session: Session) -> None:
    order = placed(session)
    paid_on_the_spot(session, order)
    change(session, order, kilo=3, half=1)
    assert expected(session, order) == [390]
    change(session, order, kilo=1, half=1)
    assert (expected(session, order), refunds(session)) == ([], [(390, RefundState.REQUESTED)])
    check(session)


def test_part_of_the_money_goes_back_with_a_reason(session: Session) -> None:
    order = placed(session)
    paid_on_the_spot(session, order)
    give = {"order_id": order.id, "shop_id": order.shop_id, "actor": SYSTEM}
    with pytest.raises(TooMuch):
        payments.refund_part(session, amount=991, reason="Trop", **give)
    with pytest.raises(InvalidInput):
        payments.refund_part(session, amount=100, reason=" ", **give)
    payments.refund_part(session, amount=300, reason="Barquette abîmée", **give)
    check(session)
    assert order.total == 990, "what was ordered stays what was ordered"
    services.cancel(session, order_id=order.id, actor=GUEST)
    assert refunds(session) == [(300, RefundState.REQUESTED), (690, RefundState.REQUESTED)]
    check(session)


def test_money_given_back_by_hand_is_confirmed_by_the_shop(session: Session) -> None:
    order = placed(session)
    paid_on_the_spot(session, order)
    services.cancel(session, order_id=order.id, actor=GUEST)
    refund = session.scalars(select(Refund)).one()
    with pytest.raises(WrongState):
        payments.confirm_refund(session, refund_id=refund.id, shop_id=order.shop_id + 1, actor=SYSTEM)
    payments.confirm_refund(session, refund_id=refund.id, shop_id=order.shop_id, actor=SYSTEM)
    assert refund.state is RefundState.DONE


def test_a_payment_marked_by_mistake_is_expected_again(session: Session) -> None:
    order = placed(session)
    payment = paid_on_the_spot(session, order)
    payments.undo_receipt(session, payment_id=payment.id, shop_id=order.shop_id, actor=SYSTEM)
    assert expected(session, order) == [990]
    check(session)


def test_an_order_is_handed_over_once(session: Session) -> None:
    order = placed(session)
    with pytest.raises(WrongState):
        services.mark_collected(session, order_id=order.id, shop_id=order.shop_id + 1, actor=SYSTEM)
    services.mark_collected(session, order_id=order.id, shop_id=order.shop_id, actor=SYSTEM)
    with pytest.raises(WrongState):
        services.mark_collected(session, order_id=order.id, shop_id=order.shop_id, actor=SYSTEM)
    with pytest.raises(WrongState):
        services.cancel(session, order_id=order.id, actor=GUEST)
    services.undo_collected(session, order_id=order.id, shop_id=order.shop_id, actor=SYSTEM)
    assert (order.state, order.collected_at) == (OrderState.PLACED, None)


def test_orders_of_a_person_are_those_under_an_address_they_proved(session: Session) -> None:
    marie = make_user(session)
    cycle = make_cycle(session)
    own = Contact(marie.name, marie.email, "")
    signed_in = make_order(session, cycle, actor=Actor("user", marie.id), contact=own)
    order = make_order(session, cycle)
    assert [o.id for o in queries.orders_of(session, user_id=marie.id)] == [signed_in.id]
    camille = make_user(session, email=order.email, confirmed=False)
    assert queries.orders_of(session, user_id=camille.id) == []
    camille.confirmed_at = clock.now()
    assert [o.id for o in queries.orders_of(session, user_id=camille.id)] == [order.id]
