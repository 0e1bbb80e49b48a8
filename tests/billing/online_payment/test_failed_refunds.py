"""Refunds that were booked and then fail at the provider: their money is here again, counted once."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from billing.collection import queries as collection
from billing.collection import services as payments
from billing.collection import standing
from billing.collection.errors import ReturnedByProvider
from billing.collection.models import FailedReturn, Receipt, ReceiptState
from billing.ledger import accounts
from billing.ledger.models import JournalEntry
from billing.online_payment import provider, queries, services
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import Event
from coopcircuits.payments.models import WebhookReceipt
from coopcircuits.payments.sandbox import transport as sandbox
from tests.support.till import Counter, open_counter


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Iterator[Counter]:
    with open_counter(database, tmp_path) as opened:
        yield opened


def refund(counter: Counter, amount: int | None = None) -> str:
    """The cooperative gives money back at the provider's own site."""
    wanted = {"payment_intent": counter.payment().intent_id or ""}
    made = counter.gateway.client.v1.refunds.create({**wanted, "amount": amount} if amount else wanted)  # type: ignore[typeddict-item]  # one of both
    return str(made.id)


def fail(counter: Counter, refund_id: str) -> None:
    """The payer's bank does not take it: the provider gives it back to the cooperative."""
    counter.control(f"refunds/{refund_id}/settle", status="failed")


def read_all(counter: Counter, messages: list[int] | None = None) -> None:
    for message in counter.messages() if messages is None else messages:
        counter.read(message)


def stands(counter: Counter) -> tuple[int, int, ReceiptState]:
    """Open, received and the receipt's state, after checking that the books say the same."""
    with counter.database.reading() as session:
        shop_id = counter.invoice.enterprise_id
        received = standing.position(session, shop_id).received
        assert -accounts.owed_by(session, shop_id) == received
        (receipt,) = session.scalars(select(Receipt))
        return collection.open_amount(session, counter.invoice.id), received, receipt.state


def paid(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open())
    counter.look()


def test_a_refund_that_fails_after_it_was_booked_is_reversed(counter: Counter) -> None:
    paid(counter)
    refunded = refund(counter)
    read_all(counter)
    assert stands(counter) == (3420, 0, ReceiptState.RETURNED)
    fail(counter, refunded)
    read_all(counter)
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).where(Event.name == "ReceiptReturnFailed")) == 1
        (failed,) = session.scalars(select(FailedReturn))
        assert failed.reason == "expired_or_canceled_card"
        last = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
        assert last is not None
        assert last.source == f"failed-return:{failed.id}"


@pytest.mark.parametrize("amount", [855, None])
def test_a_refund_is_not_written_down_by_hand_as_well(counter: Counter, amount: int | None) -> None:
    paid(counter)
    with counter.database.transaction() as session:
        receipt = session.scalars(select(Receipt)).one()
    with counter.database.transaction() as session, pytest.raises(ReturnedByProvider):
        payments.give_back(
            session,
            receipt_id=receipt.id,
            amount=amount,
            returned_on=receipt.received_on,
            today=receipt.received_on,
            reason="payé deux fois",
            source="hand:k1",
            actor=SYSTEM,
        )
    refunded = refund(counter, amount)
    read_all(counter)
    assert stands(counter)[1] == 3420 - (amount or 3420)
    fail(counter, refunded)
    read_all(counter)
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)


def test_a_refund_that_fails_before_it_was_booked_changes_nothing(counter: Counter) -> None:
    paid(counter)
    fail(counter, refund(counter))
    read_all(counter)
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)


@pytest.mark.parametrize("seed", range(2))
def test_messages_twice_and_in_any_order_reverse_it_once(counter: Counter, seed: int) -> None:
    paid(counter)
    first = refund(counter, 1000)
    read_all(counter)
    fail(counter, first)
    second = refund(counter, 500)
    found = counter.messages() * 2
    random.Random(seed).shuffle(found)  # noqa: S311 - an order, not a secret
    with counter.database.transaction() as session:
        for message in found:  # as if the provider sent each of them again
            session.get_one(WebhookReceipt, message).processed_at = None
    read_all(counter, found)
    assert stands(counter) == (500, 2920, ReceiptState.RECEIVED)
    fail(counter, second)
    read_all(counter)
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FailedReturn)) == 2


def test_looked_at_by_many_at_once_it_is_reversed_once(counter: Counter) -> None:
    paid(counter)
    refunded = refund(counter)
    counter.look()
    fail(counter, refunded)
    with ThreadPoolExecutor(5) as readers:
        list(readers.map(lambda _: counter.look(), range(5)))  # raises what any of them raised
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(FailedReturn)) == 1


def test_an_old_answer_applied_late_does_not_take_it_back_again(counter: Counter) -> None:
    paid(counter)
    refunded = refund(counter)
    checkout_id = counter.payment().checkout_id or ""
    old = counter.till.fetch_page(checkout_id)
    counter.look()
    fail(counter, refunded)
    counter.look()
    with counter.database.transaction() as session:
        services.settle(session, payment_id=counter.payment().id, status=old)
    assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)


def test_the_daily_look_finds_a_late_failure_without_any_message(counter: Counter) -> None:
    paid(counter)
    with clock.travel(clock.now() + timedelta(days=80)):
        refunded = refund(counter)
        counter.look()
        assert stands(counter)[0] == 3420
        fail(counter, refunded)
    with clock.travel(clock.now() + timedelta(days=110)):
        with counter.database.reading() as session:
            due = queries.ended_since(session, since=clock.now() - timedelta(days=65))
        for payment_id in due:
            provider.look_again(counter.database, counter.till, payment_id=payment_id)
        assert stands(counter) == (0, 3420, ReceiptState.RECEIVED)
