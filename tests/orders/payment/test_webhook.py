"""The provider's messages: verified, kept once, acted upon in any order, however often they come."""

import json
import random
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopcircuits import clock, jobs
from coopcircuits.actor import GUEST
from coopcircuits.db import Database
from coopcircuits.events.models import Event
from coopcircuits.payments.models import WebhookReceipt
from coopcircuits.payments.sandbox import TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox.webhooks import sign
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from tests.support.cards import Bank
from tests.support.invariants import check_invariants


@pytest.fixture
def connected(app: Flask, bank: Bank) -> Iterator[Flask]:
    """The application speaking to that sandbox."""
    app.extensions["payment_gateway"] = bank.gateway
    with app.app_context():
        yield app


def deliver(client: FlaskClient, payload: bytes, signature: str) -> int:
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    return client.post("/webhooks/stripe", data=payload, headers=headers).status_code


def signed(event: dict[str, object], *, secret: str = TEST_WEBHOOK_SECRET, age: int = 0) -> tuple[bytes, str]:
    payload = json.dumps(event).encode()
    return payload, sign(payload, secret, int(clock.now().timestamp()) - age)


def receipts(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(WebhookReceipt.id))) or 0


def read_all() -> None:
    jobs.run_once("orders.read_webhooks")


def test_a_message_is_kept_once_and_makes_the_order_a_sale(
    connected: Flask, client: FlaskClient, database: Database, bank: Bank
) -> None:
    order = bank.make_order(database)
    bank.pay(bank.open(database, order))
    (done,) = [event for event in bank.events() if b"checkout.session.completed" in event[0]]
    assert [deliver(client, *done) for _ in range(3)] == [200, 200, 200]
    assert receipts(database) == 1
    for _ in range(2):
        read_all()
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.PLACED
        assert session.scalars(select(WebhookReceipt)).one().processed_at is not None
        check_invariants(session)


@pytest.fixture
def at_one_moment() -> Iterator[None]:
    """A second that passes would make a message from too far ahead one that is just near enough."""
    with clock.travel(clock.now()):
        yield


@pytest.mark.usefixtures("at_one_moment")
def test_forged_messages_are_refused(connected: Flask, client: FlaskClient, database: Database, bank: Bank) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    event: dict[str, object] = {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "account": bank.account,
        "livemode": False,
        "created": int(clock.now().timestamp()),
        "data": {"object": {"id": page, "payment_status": "paid"}},
    }
    payload, signature = signed(event)
    for body, header in (
        (payload, ""),
        (payload, "t=1,v1=00"),
        (payload, "nonsense"),
        (payload + b" ", signature),
        signed(event, secret="whsec_other"),
        signed(event, age=301),
        signed(event, age=-301),
        signed({**event, "livemode": True}),
        (b"", signature),
        (b"\xff\xfe", signature),
        signed({"id": "evt_2"}),
    ):
        assert deliver(client, body, header) == 400
    assert receipts(database) == 0
    assert deliver(client, payload, signature) == 200
    read_all()
    with database.reading() as session:
        state = session.get_one(Order, order.id).state
    assert state is OrderState.AWAITING_PAYMENT, "a message is a hint: the provider knows nothing of a payment"


def test_another_accounts_message_changes_nothing(
    connected: Flask, client: FlaskClient, database: Database, bank: Bank
) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    bank.pay(page)
    event: dict[str, object] = {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "account": "acct_stranger",
        "livemode": False,
        "created": int(clock.now().timestamp()),
        "data": {"object": {"id": page}},
    }
    assert deliver(client, *signed(event)) == 200
    read_all()
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.AWAITING_PAYMENT
        assert (
            session.scalars(select(Event).where(Event.name == "PaymentNotAccepted")).one().payload["why"] == "account"
        )


def test_a_page_whose_id_was_lost_is_recognised_by_its_reference(
    connected: Flask, client: FlaskClient, database: Database, bank: Bank
) -> None:
    order = bank.make_order(database)
    page = bank.open(database, order)
    with database.transaction() as session:  # as if the process had died before it wrote the answer down
        payment = session.scalars(select(Payment)).one()
        payment.checkout_id = payment.checkout_url = None
    bank.pay(page)
    for event in bank.events():
        assert deliver(client, *event) == 200
    read_all()
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.PLACED
        check_invariants(session)


def test_a_message_waits_while_the_provider_is_away(
    connected: Flask, client: FlaskClient, database: Database, bank: Bank
) -> None:
    order = bank.make_order(database)
    bank.pay(bank.open(database, order))
    for event in bank.events():
        deliver(client, *event)
    bank.fault("server_error", method="GET", times=3)
    read_all()
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.AWAITING_PAYMENT
    read_all()
    with database.reading() as session:
        assert session.get_one(Order, order.id).state is OrderState.PLACED


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_messages_ends_like_a_calm_day(
    connected: Flask, client: FlaskClient, database: Database, bank: Bank, seed: int
) -> None:
    """A paid order, one abandoned, one given up while it was paid, one refunded in part: each message three times, in
    any order, mixed with the shoppers' own returns."""
    chance = random.Random(seed)  # noqa: S311 - no secret, a replayable order
    made = [bank.make_order(database) for _ in range(4)]
    paid, left, given_up, partly = made
    pages = {order.id: bank.open(database, order) for order in made}
    for order in (paid, given_up, partly):
        bank.pay(pages[order.id])
    bank.app.test_client().post(f"/_sandbox/sessions/{pages[left.id]}/expire", json={})
    with database.transaction() as session:
        orders.cancel(session, order_id=given_up.id, actor=GUEST)
    intent = bank.gateway.fetch_checkout(bank.account, pages[partly.id]).payment_intent or ""
    bank.gateway.refund(bank.account, payment_intent=intent, amount_minor=100, reference="x", idempotency_key="by hand")
    storm = bank.events() * 3
    chance.shuffle(storm)
    for number, event in enumerate(storm):
        assert deliver(client, *event) == 200
        if number % 7 == 0:
            bank.look(database, chance.choice(made))
        if number % 5 == 0:
            read_all()
    for _ in range(2):
        for event in bank.events():
            deliver(client, *event)
        read_all()
        jobs.run_once("orders.send_refunds")
    with database.reading() as session:
        states = {order.id: session.get_one(Order, order.id).state for order in made}
        check_invariants(session)
        refunds = session.execute(select(Payment.order_id, Refund.amount, Refund.state).join(Refund.payment)).all()
        payments = session.execute(select(Payment.order_id, Payment.state)).all()
    assert states == {
        paid.id: OrderState.PLACED,
        left.id: OrderState.CANCELLED,
        given_up.id: OrderState.CANCELLED,
        partly.id: OrderState.PLACED,
    }
    assert {tuple(row) for row in payments} == {
        (paid.id, PaymentState.PAID),
        (left.id, PaymentState.CANCELLED),
        (given_up.id, PaymentState.PAID),
        (partly.id, PaymentState.PAID),
    }
    assert {tuple(row) for row in refunds} == {
        (given_up.id, 600, RefundState.DONE),
        (partly.id, 100, RefundState.DONE),
    }
    assert len(bank.charges()) == 3
