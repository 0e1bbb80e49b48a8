"""Killed in the middle of a card order: no paid order is lost, nobody pays twice, nothing is held for ever."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from coopcircuits import clock, jobs
from coopcircuits.actor import GUEST
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.payments.sandbox.transport import pay
from orders.checkout.services import Contact, place_order
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.order_cycle.models import OrderCycle
from orders.payment import provider, refunds
from orders.payment.models import Payment, PaymentState
from shops.payment_method.models import PaymentKind
from shops.stock.models import Stock
from tests.support.cards import BASE, Bank, new_gateway
from tests.support.cycles import make_cart, make_cycle, offers_of
from tests.support.invariants import check_invariants
from tests.support.orders import checkout, slots_of
from tests.support.shops import make_product, variant
from tests.support.victims import die, in_victim

STOCK = 100


@pytest.fixture
def cycle(database: Database, bank: Bank) -> OrderCycle:
    with database.transaction() as session:
        shop = bank.make_shop(session)
        make_product(session, shop, variants=[variant(on_hand=STOCK)])
        return make_cycle(session, shop)


def basket(database: Database, cycle: OrderCycle, number: int) -> dict[str, Any]:
    """What somebody is about to send, to pay by card."""
    with database.transaction() as session:
        (offer,) = offers_of(session, cycle)
        slot_id = slots_of(session, cycle)[-1].id
        cart = make_cart(session, cycle, {offer.id: 2}, visitor=f"visitor-number-{number:012d}")
        contact = Contact("Camille", f"c{number}@example.org", "")
        return checkout(cart, cycle, payment_kind=PaymentKind.CARD, slot_id=slot_id, contact=contact)


class Victim:
    """A shopper's way through the checkout, in a process of its own with connections of its own."""

    def __init__(self, url: str, folder: Path, sent: dict[str, Any], *, cancels: bool = False) -> None:
        self.url, self.folder, self.sent, self.cancels = url, folder, sent, cancels

    def run(self, prepare: Callable[[Database], None] = lambda _database: None) -> None:
        database = Database(self.url)
        bank = create_sandbox(self.folder / "sandbox.sqlite3", public_url="http://pay.test")
        gateway = new_gateway(bank)
        prepare(database)
        with database.transaction() as session:
            order = place_order(session, **self.sent)
        page = provider.open_page(database, gateway, order_id=order.id, base_url=BASE)
        pay(bank, page.rpartition("/")[2])
        with database.reading() as session:
            payment_id = session.scalars(select(Payment.id).where(Payment.order_id == order.id)).one()
        provider.look_again(database, gateway, payment_id=payment_id)
        if self.cancels:
            with database.transaction() as session:
                orders.cancel(session, order_id=order.id, actor=GUEST)
            with database.reading() as session:
                (refund,) = refunds.queries.refunds_of(session, order_id=order.id)
            provider.send_refund(database, gateway, refund_id=refund.id)


def die_at_commit(number: int) -> Callable[[Database], None]:
    """Killed when the database is about to be told to keep the so-manyth transaction."""
    left = number

    def count(_connection: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()

    return lambda database: event.listen(database.engine, "commit", count)


def die_in(module: Any, name: str) -> Callable[[Database], None]:
    """Killed where this function is about to be called."""
    return lambda _database: setattr(module, name, lambda *_a, **_k: die())


#: Where it is killed, and whether the card had been charged by then.
POINTS: dict[str, tuple[Callable[[Database], None], bool]] = {
    "before the order is committed": (die_at_commit(1), False),
    "before the provider is called": (die_in(provider, "_create_page"), False),
    "after the provider answered": (die_in(provider, "_keep_page"), False),
    "before the page is committed": (die_at_commit(2), False),
    "after the card was charged": (die_in(provider, "look_again"), True),
    "after reading that it was charged": (die_in(provider.settlement, "settle"), True),
    "before the sale is committed": (die_at_commit(3), True),
    "before the cancellation is committed": (die_at_commit(4), True),
    "before the refund is asked for": (die_in(provider, "send_refund"), True),
    "after the refund was made": (die_in(refunds, "apply"), True),
    "before the refund is written down": (die_at_commit(5), True),
}


def reconcile(app: Flask) -> None:
    """What the worker does in the next hour."""
    for minutes in (2, 15, 46, 60):
        with clock.travel(clock.now() + timedelta(minutes=minutes)), app.app_context():
            for name in ("orders.reconcile_payments", "orders.send_refunds"):
                jobs.run_once(name)


def check_all_is_well(database: Database, bank: Bank) -> None:
    """Money at the provider and orders here tell the same story, and nothing waits any more."""
    with database.reading() as session:
        (stock,) = session.scalars(select(Stock)).all()
        check_invariants(session, initial={stock.variant_id: STOCK})
        states = {order.id: order.state for order in session.scalars(select(Order))}
        payments = session.scalars(select(Payment)).all()
    assert OrderState.AWAITING_PAYMENT not in states.values(), "stock is held for ever"
    assert PaymentState.PENDING not in {payment.state for payment in payments}
    charged = {charge["payment_intent"]: charge["amount"] - charge["amount_refunded"] for charge in bank.charges()}
    ours = {p.intent_id: p.amount if states[p.order_id] is OrderState.PLACED else 0 for p in payments if p.intent_id}
    assert ours == charged, "every order that was paid is a sale or was refunded, once"


def test_killed_at_every_step(
    app: Flask, settings: Settings, database: Database, bank: Bank, cycle: OrderCycle, tmp_path: Path
) -> None:
    app.extensions["payment_gateway"] = bank.gateway
    charges = made = 0
    for number, (point, (prepare, was_charged)) in enumerate(POINTS.items()):
        sent = basket(database, cycle, number)
        victim = Victim(settings.database_url, tmp_path, sent, cancels=True)
        assert in_victim(partial(victim.run, prepare)), f"it was to be killed {point}"
        charges += was_charged
        assert len(bank.charges()) == charges, point
        reconcile(app)
        check_all_is_well(database, bank)
        made += point != "before the order is committed"
        with database.transaction() as session:
            assert len(session.scalars(select(Order.id)).all()) == made
            if made:
                again = place_order(session, **sent)
                assert len(session.scalars(select(Order.id)).all()) == made, "pressing again finds the order"
                assert again.state is not OrderState.AWAITING_PAYMENT


def test_killed_anywhere(
    app: Flask, settings: Settings, database: Database, bank: Bank, cycle: OrderCycle, tmp_path: Path
) -> None:
    """A quarter of an hour's kills in a second: at any instruction, half of them with a cancellation on the way."""
    app.extensions["payment_gateway"] = bank.gateway
    chance = random.Random(7)  # noqa: S311 - no secret, a replayable order
    killed = 0
    for number in range(16):
        victim = Victim(settings.database_url, tmp_path, basket(database, cycle, number), cancels=number % 2 == 0)
        killed += in_victim(victim.run, after=chance.uniform(0.01, 0.5))
    assert killed, "some were to be caught in the middle"
    reconcile(app)
    check_all_is_well(database, bank)
