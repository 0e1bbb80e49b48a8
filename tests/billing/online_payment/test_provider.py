"""Paid online: once, whatever is repeated, late, lost, or in the wrong order."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing.collection import queries as collection
from billing.collection import standing
from billing.collection.models import Receipt, ReceiptMethod, ReceiptState
from billing.online_payment import messages, provider, queries, services
from billing.online_payment.errors import AmountTooSmall, DebitUnderWay, NothingToPay
from billing.online_payment.models import OnlinePayment, OnlinePaymentState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import Event
from coopcircuits.payments.answers import CheckoutState
from coopcircuits.payments.errors import ProviderUnavailable
from coopcircuits.payments.page import PageRequest
from coopcircuits.payments.sandbox import PLATFORM
from coopcircuits.payments.sandbox import transport as sandbox
from shops.enterprise.models import Enterprise
from tests.support.collection import pay as pay_by_transfer
from tests.support.till import Counter, open_counter

REFUSING = "FR8420041010050500013M02607"


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Iterator[Counter]:
    with open_counter(database, tmp_path) as opened:
        yield opened


def still_open(counter: Counter) -> int:
    with counter.database.reading() as session:
        return collection.open_amount(session, counter.invoice.id)


def receipts(counter: Counter) -> list[Receipt]:
    with counter.database.reading() as session:
        return list(session.scalars(select(Receipt)))


def test_a_card_pays_the_invoice(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open())
    counter.look()
    counter.look()
    (receipt,) = receipts(counter)
    assert (receipt.method, receipt.amount) == (ReceiptMethod.CARD, 3420)
    assert (still_open(counter), counter.payment().state) == (0, OnlinePaymentState.PAID)
    with pytest.raises(NothingToPay):
        counter.open()


def test_pressing_twice_shows_the_same_page(counter: Counter) -> None:
    assert counter.open() == counter.open()


def test_a_page_of_another_amount_is_not_shown_again(counter: Counter) -> None:
    first = counter.open()
    with counter.database.transaction() as session:
        pay_by_transfer(session, session.get_one(Enterprise, counter.invoice.enterprise_id), 1000)
    assert counter.open() != first
    assert counter.payment().amount == 2420
    assert counter.till.fetch_page(first).checkout.state is CheckoutState.EXPIRED, "nor paid in an old tab"


def replace_page(counter: Counter) -> str:
    """Money comes the very moment another page is asked for: the old one, whose id it gives, stays open in a tab."""
    first = counter.open()
    with counter.database.transaction() as session:
        pay_by_transfer(session, session.get_one(Enterprise, counter.invoice.enterprise_id), 1000)
        services.expect(
            session, actor=SYSTEM, invoice_id=counter.invoice.id, enterprise_id=counter.invoice.enterprise_id
        )
    assert counter.payment().amount == 2420
    return first


def look_at_what_is_due(counter: Counter, after: timedelta) -> None:
    with clock.travel(clock.now() + after), counter.database.reading() as session:
        due = queries.to_look_at(session, before=clock.now())
    for payment in due:
        provider.look_again(counter.database, counter.till, payment_id=payment)


def test_money_paid_on_a_replaced_page_is_found_by_its_message(counter: Counter) -> None:
    sandbox.pay(counter.app, replace_page(counter))
    for message in counter.messages():
        counter.read(message)
    assert still_open(counter) == 0
    with counter.database.reading() as session:
        assert standing.position(session, counter.invoice.enterprise_id).credit == 1000


def test_money_paid_on_a_replaced_page_is_found_without_any_message(counter: Counter) -> None:
    sandbox.pay(counter.app, replace_page(counter))
    look_at_what_is_due(counter, timedelta(minutes=2))
    assert still_open(counter) == 0


def test_a_debit_on_a_replaced_page_is_found_days_later(counter: Counter) -> None:
    intent = sandbox.debit(counter.app, replace_page(counter))
    look_at_what_is_due(counter, timedelta(minutes=2))
    assert still_open(counter) == 2420
    counter.control(f"debits/{intent}/settle")
    with counter.database.reading() as session:
        (replaced,) = queries.ended_since(session, since=clock.now() - timedelta(days=1))
    provider.look_again(counter.database, counter.till, payment_id=replaced)
    assert still_open(counter) == 0


def test_a_replaced_page_is_closed(counter: Counter) -> None:
    first = replace_page(counter)
    look_at_what_is_due(counter, timedelta(minutes=2))
    assert counter.till.fetch_page(first).checkout.state is CheckoutState.EXPIRED
    assert counter.payment().state is OnlinePaymentState.OPEN, "the new one is not"


def test_a_slow_debit_does_not_keep_others_from_being_looked_at(counter: Counter) -> None:
    replace_page(counter)
    later = clock.now() + timedelta(minutes=2)
    seen = set()
    for _run in range(60):
        with counter.database.reading() as session:
            seen.update(queries.to_look_at(session, before=later, most=1))
    assert len(seen) == 2


def test_a_refund_that_waits_is_taken_back_once_it_is_certain(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open(), "4000000000007726")
    counter.look()
    refund = counter.gateway.client.v1.refunds.create({"payment_intent": counter.payment().intent_id or ""})
    counter.look()
    assert still_open(counter) == 0
    counter.control(f"refunds/{refund.id}/settle", status="succeeded")
    for message in counter.messages():
        counter.read(message)
    assert still_open(counter) == 3420


def test_a_few_cents_are_not_for_cards(counter: Counter) -> None:
    with counter.database.transaction() as session:
        pay_by_transfer(session, session.get_one(Enterprise, counter.invoice.enterprise_id), 3400)
    with pytest.raises(AmountTooSmall):
        counter.open()


def test_a_debit_waits_for_the_bank(counter: Counter) -> None:
    intent = sandbox.debit(counter.app, counter.open())
    counter.look()
    assert (still_open(counter), counter.payment().state) == (3420, OnlinePaymentState.PROCESSING)
    with pytest.raises(DebitUnderWay):
        counter.open()
    counter.control(f"debits/{intent}/settle")
    counter.look()
    assert [row.method for row in receipts(counter)] == [ReceiptMethod.SEPA_DEBIT]
    assert still_open(counter) == 0


def test_a_refused_debit_leaves_the_invoice_open_and_is_said(counter: Counter) -> None:
    intent = sandbox.debit(counter.app, counter.open(), REFUSING)
    counter.look()
    counter.control(f"debits/{intent}/settle")
    counter.look()
    assert (still_open(counter), counter.payment().state) == (3420, OnlinePaymentState.FAILED)
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).where(Event.name == "OnlinePaymentFailed")) == 1
    counter.open()


def test_money_taken_back_weeks_later_opens_the_invoice_again(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open())
    counter.look()
    counter.take_back()
    for message in counter.messages():
        counter.read(message)
    assert still_open(counter) == 3420
    assert [row.state for row in receipts(counter)] == [ReceiptState.RETURNED]


@pytest.mark.parametrize("seed", range(3))
def test_messages_in_any_order_and_twice_lead_to_the_same(counter: Counter, seed: int) -> None:
    intent = sandbox.debit(counter.app, counter.open())
    counter.control(f"debits/{intent}/settle")
    counter.take_back()
    found = counter.messages() * 2
    random.Random(seed).shuffle(found)  # noqa: S311 - an order, not a secret
    for message in found:
        counter.read(message)
    for message in counter.messages():
        counter.read(message)
    assert [(row.amount, row.returned) for row in receipts(counter)] == [(3420, 3420)]
    assert still_open(counter) == 3420


def test_messages_read_at_the_same_moment_count_once(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open())
    found = counter.messages() * 3
    threads = [threading.Thread(target=counter.read, args=(message,)) for message in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.amount for row in receipts(counter)] == [3420]
    assert still_open(counter) == 0


def test_without_any_message_the_job_finds_out(counter: Counter) -> None:
    sandbox.pay(counter.app, counter.open())
    with clock.travel(clock.now() + timedelta(minutes=2)), counter.database.reading() as session:
        (due,) = queries.to_look_at(session, before=clock.now())
    provider.look_again(counter.database, counter.till, payment_id=due)
    assert still_open(counter) == 0


def test_money_for_no_invoice_of_ours_is_kept_and_said(counter: Counter) -> None:
    page = counter.till.open_page(PageRequest(
        reference="INCONNUE", amount_minor=900, currency="EUR", description="?", email="x@example.org", locale="fr",
        success_url="https://a.test", cancel_url="https://a.test", expires_at=clock.now() + timedelta(hours=1),
        idempotency_key="k",
    ))  # fmt: skip
    sandbox.pay(counter.app, page.id)
    for message in counter.messages() * 2:
        counter.read(message)
    with counter.database.reading() as session:
        (stray,) = queries.strays(session)
        assert (stray.reference, stray.amount, stray.why) == ("INCONNUE", 900, "reference")
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0
        assert queries.messages_to_read(session) == []


def test_an_answer_lost_on_the_way_is_found_by_its_message(counter: Counter) -> None:
    counter.control("faults", kind="timeout", path="/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        counter.open()
    assert counter.payment().checkout_id is None

    (made,) = counter.app.extensions["sandbox"].store.select(PLATFORM, "checkout.session")
    sandbox.pay(counter.app, made["id"])
    for message in counter.messages():
        counter.read(message)
    assert still_open(counter) == 0


def test_messages_of_a_lost_answer_read_at_the_same_moment_count_once(counter: Counter) -> None:
    counter.control("faults", kind="timeout", path="/v1/checkout/sessions")
    with pytest.raises(ProviderUnavailable):
        counter.open()
    (made,) = counter.app.extensions["sandbox"].store.select(PLATFORM, "checkout.session")
    sandbox.pay(counter.app, made["id"])
    found = counter.messages() * 4
    with ThreadPoolExecutor(6) as readers:
        list(readers.map(counter.read, found))  # raises what any of them raised
    assert [row.amount for row in receipts(counter)] == [3420]


def test_an_answer_that_comes_while_its_message_is_read_stays(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = counter.open()
    again = counter.till.open_page(PageRequest(
        reference=counter.payment().reference, amount_minor=3420, currency="EUR", description="?",
        email="x@example.org", locale="fr", success_url="https://a.test", cancel_url="https://a.test",
        expires_at=clock.now() + timedelta(hours=1), idempotency_key="k",
    ))  # fmt: skip
    sandbox.pay(counter.app, again.id)
    found = queries.by_reference

    def read_before_the_answer(session: Session, reference: str) -> OnlinePayment | None:
        payment = found(session, reference)
        assert payment is not None
        set_committed_value(payment, "checkout_id", None)
        return payment

    monkeypatch.setattr(queries, "by_reference", read_before_the_answer)
    provider.look_at_page(counter.database, counter.till, again.id)
    assert counter.payment().checkout_id == first
    with counter.database.reading() as session:
        assert [stray.why for stray in queries.strays(session)] == ["second page"]


def test_a_page_whose_time_is_over_is_closed(counter: Counter) -> None:
    counter.open()
    later = clock.now() + timedelta(hours=3)
    with clock.travel(later):
        counter.look()
    assert counter.payment().state is OnlinePaymentState.FAILED
    with counter.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OnlinePayment)) == 1


def test_a_message_that_was_read_is_not_read_again(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.pay(counter.app, counter.open())
    for message in counter.messages():
        counter.read(message)
    monkeypatch.setattr(messages, "_act", lambda *_given: pytest.fail("read again"))
    for message in counter.messages():
        counter.read(message)
