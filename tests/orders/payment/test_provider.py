"""Card payments end well whatever the provider does: one charge at most, no paid order lost, nothing held for ever."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from coopcircuits import clock
from coopcircuits.actor import GUEST, SYSTEM
from coopcircuits.db import Database
from coopcircuits.events.models import Event
from coopcircuits.payments.answers import CheckoutState, CheckoutStatus
from coopcircuits.payments.errors import ProviderRefused, ProviderUnavailable
from coopcircuits.payments.page import PageRequest
from orders.errors import HoldOver, WrongState
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.payment import provider, queries, services, settlement
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from tests.support.cards import BASE, Bank
from tests.support.invariants import check_invariants

#: Faults after which the provider has done what it was asked, though we do not know it.
AFTER_THE_FACT = ["server_error_after", "timeout", "truncated"]


def state_of(database: Database, order: Order) -> OrderState:
    with database.reading() as session:
        check_invariants(session)
        return session.get_one(Order, order.id).state


def payment_of(database: Database, order: Order) -> Payment:
    with database.reading() as session:
        return session.scalars(select(Payment).where(Payment.order_id == order.id).order_by(Payment.id)).all()[0]


def refunds_of(database: Database, order: Order) -> list[Refund]:
    with database.reading() as session:
        return list(queries.refunds_of(session, order_id=order.id))


def sent_refunds(bank: Bank, database: Database, order: Order) -> list[int]:
    """Send what is requested; gives what the provider paid back."""
    for refund in refunds_of(database, order):
        provider.send_refund(database, bank.gateway, refund_id=refund.id)
    intent = payment_of(database, order).intent_id or ""
    return [status.amount_minor for status in bank.gateway.fetch_refunds(bank.account, intent)]


def test_a_paid_page_makes_a_sale(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    assert bank.open(database, order) == page, "pressing again shows the same page"
    bank.look(database, order)
    assert state_of(database, order) is OrderState.AWAITING_PAYMENT
    bank.pay(page)
    for _ in range(3):
        bank.look(database, order)
    assert state_of(database, order) is OrderState.PLACED
    payment = payment_of(database, order)
    assert (payment.state, payment.amount, len(bank.charges())) == (PaymentState.PAID, 600, 1)


def test_a_declined_card_changes_nothing_and_may_be_followed_by_another(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    bank.pay(page, "4000000000000002")
    bank.look(database, order)
    assert state_of(database, order) is OrderState.AWAITING_PAYMENT
    bank.pay(page, "4000002760003184")
    bank.look(database, order)
    assert state_of(database, order) is OrderState.PLACED


def test_a_page_left_open_is_closed_and_everything_given_back(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    with clock.travel(clock.now() + timedelta(minutes=46)):
        bank.look(database, order)
        with pytest.raises(WrongState):
            provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE)
    assert state_of(database, order) is OrderState.CANCELLED
    assert payment_of(database, order).state is PaymentState.CANCELLED
    assert bank.gateway.fetch_checkout(bank.account, page).state is CheckoutState.EXPIRED


def test_an_order_given_up_while_its_page_was_open_cannot_be_charged(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    with database.transaction() as session:
        orders.cancel(session, order_id=order.id, actor=GUEST)
    bank.look(database, order)
    assert bank.gateway.fetch_checkout(bank.account, page).state is CheckoutState.EXPIRED
    assert payment_of(database, order).state is PaymentState.CANCELLED
    assert state_of(database, order) is OrderState.CANCELLED


def test_money_that_comes_after_the_order_was_given_up_goes_back(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    with database.transaction() as session:
        orders.cancel(session, order_id=order.id, actor=GUEST)
    bank.pay(page)
    bank.look(database, order)
    assert state_of(database, order) is OrderState.CANCELLED
    assert sent_refunds(bank, database, order) == [600]
    assert [refund.state for refund in refunds_of(database, order)] == [RefundState.DONE]
    check_again = refunds_of(database, order)
    bank.look(database, order)
    assert [r.id for r in refunds_of(database, order)] == [r.id for r in check_again]


def test_nobody_ever_saw_a_page_so_the_order_is_released_soon(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    bank.look(database, order)
    assert state_of(database, order) is OrderState.AWAITING_PAYMENT
    with clock.travel(clock.now() + timedelta(minutes=14)):
        with pytest.raises(HoldOver):
            provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE)
        bank.look(database, order)
    assert state_of(database, order) is OrderState.CANCELLED


def test_the_page_is_opened_in_the_end_and_charged_once(database: Database, bank: Bank) -> None:
    for charges, kind in enumerate([*AFTER_THE_FACT, "rate_limit", "server_error"], start=1):
        order = bank.make_order(database)
        bank.fault(kind)
        with pytest.raises(ProviderUnavailable):
            provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE)
        with clock.travel(clock.now() + timedelta(minutes=10)):
            page = bank.open(database, order)
            bank.pay(page)
            bank.look(database, order)
        assert state_of(database, order) is OrderState.PLACED, kind
        assert len(bank.charges()) == charges, kind


def test_reading_fails_for_a_while(database: Database, bank: Bank) -> None:
    for kind in ("rate_limit", "server_error", "timeout", "truncated"):
        order = bank.make_order(database)
        bank.pay(bank.open(database, order))
        bank.fault(kind, method="GET")
        with pytest.raises(ProviderUnavailable):
            bank.look(database, order)
        assert state_of(database, order) is OrderState.AWAITING_PAYMENT
        bank.look(database, order)
        assert state_of(database, order) is OrderState.PLACED


def test_a_provider_away_for_long_does_not_hold_stock_for_ever(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    bank.pay(page)
    with clock.travel(clock.now() + timedelta(minutes=56)):
        bank.fault("server_error", method="*", times=2)
        with pytest.raises(ProviderUnavailable):
            bank.look(database, order)
        assert state_of(database, order) is OrderState.CANCELLED
        bank.look(database, order)
    assert sent_refunds(bank, database, order) == [600], "it had been paid, as it turned out"


def test_an_account_that_was_closed_to_us_holds_nothing_and_is_not_asked_for_ever(
    database: Database, bank: Bank
) -> None:
    order, paid = bank.make_order(database), bank.make_paid_order(database)
    bank.open(database, order)
    give_back_part(database, paid, 250)
    with database.transaction() as session:
        for payment in session.scalars(select(Payment)):
            payment.account = "acct_gone"
    with clock.travel(clock.now() + timedelta(minutes=56)):
        with pytest.raises(ProviderRefused):
            bank.look(database, order)
        bank.look(database, order)
    assert state_of(database, order) is OrderState.CANCELLED
    assert payment_of(database, order).state is PaymentState.CANCELLED
    (refund,) = refunds_of(database, paid)
    provider.send_refund(database, bank.gateway, refund_id=refund.id)
    assert refunds_of(database, paid)[0].state is RefundState.FAILED


def test_a_shop_that_cannot_charge_is_said(database: Database, bank: Bank) -> None:
    account = bank.gateway.create_account(email="n@example.org", country="FR", name="Neuve", idempotency_key="new")
    with database.transaction() as session:
        shop = bank.make_shop(session)
        shop.payment_account = account
    order = bank.make_order(database)
    with database.transaction() as session:
        session.get_one(Payment, payment_of(database, order).id).account = account
    with pytest.raises(ProviderRefused):
        provider.open_page(database, bank.gateway, order_id=order.id, base_url=BASE)
    assert state_of(database, order) is OrderState.AWAITING_PAYMENT


def test_other_money_is_never_accepted(database: Database, bank: Bank) -> None:
    wrong: list[dict[str, Any]] = [
        {"amount_minor": 599}, {"amount_minor": 60_000}, {"currency": "CHF"}, {"reference": "ANOTHER1"}, {"id": "cs_x"},
    ]  # fmt: skip
    for differs in wrong:
        order = bank.make_order(database)
        payment_id, page = payment_of(database, order).id, bank.open(database, order)
        true = {"id": page, "amount_minor": 600, "currency": "EUR", "reference": order.reference}
        status = CheckoutStatus(**{**true, **differs}, state=CheckoutState.PAID, payment_intent="pi_1")
        with database.transaction() as session:
            settlement.settle(session, payment_id=payment_id, status=status)
        assert state_of(database, order) is OrderState.CANCELLED
        with database.reading() as session:
            noted = select(Event).where(Event.name == "PaymentNotAccepted", Event.subject_id == order.id)
            assert len(session.scalars(noted).all()) == 1


def give_back_part(database: Database, order: Order, amount: int) -> None:
    with database.transaction() as session:
        services.refund_part(
            session, order_id=order.id, shop_id=order.shop_id, amount=amount, reason="Barquette abîmée", actor=SYSTEM
        )


def test_a_refund_is_sent_once_whatever_happens(database: Database, bank: Bank) -> None:
    for kind in [*AFTER_THE_FACT, "rate_limit", "server_error"]:
        order = bank.make_paid_order(database)
        give_back_part(database, order, 250)
        bank.fault(kind)
        with pytest.raises(ProviderUnavailable):
            sent_refunds(bank, database, order)
        assert sent_refunds(bank, database, order) == [250], kind
        assert sent_refunds(bank, database, order) == [250], kind
        assert [refund.state for refund in refunds_of(database, order)] == [RefundState.DONE]
        assert state_of(database, order) is OrderState.PLACED


def test_a_refund_whose_answer_was_never_written_down_is_found_days_later(database: Database, bank: Bank) -> None:
    order = bank.make_paid_order(database)
    give_back_part(database, order, 250)
    (refund,) = refunds_of(database, order)
    payment = payment_of(database, order)
    bank.gateway.refund(
        bank.account,
        payment_intent=payment.intent_id or "",
        amount_minor=250,
        reference=f"refund-{refund.id}",
        idempotency_key=refund.idempotency_key,
    )
    with clock.travel(clock.now() + timedelta(days=3)):
        assert sent_refunds(bank, database, order) == [250]
    assert [r.state for r in refunds_of(database, order)] == [RefundState.DONE]


def test_a_refund_that_fails_at_the_bank_is_shown_and_tried_again(database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    bank.pay(bank.open(database, order), "4000000000007726")
    bank.look(database, order)
    give_back_part(database, order, 250)
    assert sent_refunds(bank, database, order) == [250]
    (refund,) = refunds_of(database, order)
    bank.app.test_client().post(f"/_sandbox/refunds/{refund.provider_refund}/settle", json={"status": "failed"})
    provider.look_at_refunds(database, bank.gateway, payment_of(database, order))
    assert [r.state for r in refunds_of(database, order)] == [RefundState.FAILED]
    with database.transaction() as session:
        services.retry_refund(session, refund_id=refund.id, shop_id=order.shop_id, actor=SYSTEM)
    assert [(r.state, r.amount) for r in refunds_of(database, order)] == [
        (RefundState.SUPERSEDED, 250),
        (RefundState.REQUESTED, 250),
    ]
    assert sent_refunds(bank, database, order)[0] == 250


def test_what_the_shop_refunds_at_the_provider_is_taken_over_once(database: Database, bank: Bank) -> None:
    order = bank.make_paid_order(database)
    payment = payment_of(database, order)
    bank.gateway.refund(
        bank.account,
        payment_intent=payment.intent_id or "",
        amount_minor=100,
        reference="elsewhere",
        idempotency_key="by hand",
    )
    for _ in range(2):
        provider.look_at_refunds(database, bank.gateway, payment)
    assert [(r.state, r.amount) for r in refunds_of(database, order)] == [(RefundState.DONE, 100)]
    with database.reading() as session:
        check_invariants(session)
        assert queries.kept(session, order_id=order.id) == 500


def test_a_refund_that_the_provider_refuses_is_marked_failed(database: Database, bank: Bank) -> None:
    order = bank.make_paid_order(database)
    payment = payment_of(database, order)
    bank.gateway.refund(
        bank.account,
        payment_intent=payment.intent_id or "",
        amount_minor=500,
        reference="elsewhere",
        idempotency_key="by hand",
    )
    give_back_part(database, order, 250)
    sent_refunds(bank, database, order)
    assert [(r.state, r.amount) for r in refunds_of(database, order)] == [
        (RefundState.FAILED, 250),
        (RefundState.DONE, 500),
    ]


def _pay_the_stray_page(bank: Bank, database: Database, order: Order) -> CheckoutStatus:
    payment = payment_of(database, order)
    page = bank.gateway.create_checkout(
        bank.account,
        PageRequest(
            reference=order.reference,
            amount_minor=payment.amount,
            currency="EUR",
            description="stray",
            email="a@example.org",
            locale="fr",
            success_url=BASE,
            cancel_url=BASE,
            expires_at=clock.now() + timedelta(hours=1),
            idempotency_key="stray",
        ),
    )
    bank.pay(page.id)
    return bank.gateway.fetch_checkout(bank.account, page.id)


def test_a_second_payment_of_the_same_order_goes_back(database: Database, bank: Bank) -> None:
    order = bank.make_paid_order(database)
    status = _pay_the_stray_page(bank, database, order)
    for _ in range(2):
        with database.transaction() as session:
            payment = queries.by_checkout(session, status.id)
            if payment is None:
                settlement.adopt(session, payment_id=payment_of(database, order).id, status=status)
    (refund,) = refunds_of(database, order)
    provider.send_refund(database, bank.gateway, refund_id=refund.id)
    assert bank.gateway.fetch_refunds(bank.account, status.payment_intent or "")[0].amount_minor == 600
    assert state_of(database, order) is OrderState.PLACED
