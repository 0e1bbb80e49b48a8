"""Deliveries: each once, failing ones again and again, none in the way of another."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock, events
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.events import registry, relay
from coopcircuits.events.models import Delivery, DeliveryState, Event
from tests.support import bell
from tests.support.bell import BellBroken, BellRung
from tests.support.worker import deliver_all


@pytest.fixture(autouse=True)
def _folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "folder", tmp_path)


def only_delivery(database: Database) -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery)).one()


def test_what_is_not_committed_is_not_delivered(app: Flask, database: Database) -> None:
    def fail_after_recording() -> None:
        with database.transaction() as session:
            events.record(session, BellRung(1), actor=SYSTEM)
            session.flush()
            raise RuntimeError("the till is closed")

    with pytest.raises(RuntimeError):
        fail_after_recording()
    deliver_all(app)
    with database.reading() as session:
        assert session.scalar(select(Event.id)) is None


def test_a_failing_subscriber_waits_longer_each_time_and_is_given_up_in_the_end(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        events.record(session, BellBroken(1), actor=SYSTEM)
    moment = clock.now()
    pauses = []
    for attempt in range(1, relay.MAX_ATTEMPTS + 1):
        with clock.travel(moment):
            deliver_all(app)
            delivery = only_delivery(database)
            assert delivery.attempts == attempt
            pauses.append(delivery.next_attempt_at - moment)
            moment = delivery.next_attempt_at
    assert pauses[:4] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8), timedelta(seconds=16)]
    assert max(pauses) == timedelta(hours=6)
    assert timedelta(days=1) < sum(pauses, timedelta()) < timedelta(days=3)
    assert delivery.state is DeliveryState.FAILED
    with clock.travel(moment + timedelta(days=30)):
        deliver_all(app)
    assert only_delivery(database).attempts == relay.MAX_ATTEMPTS


def test_a_subscriber_that_always_ends_the_process_is_given_up_too(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        events.record(session, BellRung(1), actor=SYSTEM)
        relay.fan_out(session)
    with database.transaction() as session:
        session.scalars(select(Delivery)).one().attempts = relay.MAX_ATTEMPTS
    deliver_all(app)
    assert only_delivery(database).state is DeliveryState.FAILED


def test_a_failed_delivery_can_be_started_again(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        events.record(session, BellBroken(1), actor=SYSTEM)
    deliver_all(app)
    monkeypatch.setitem(registry._subscribers["BellBroken"], "tests.repair_the_bell", lambda _session, _event: None)
    with database.transaction() as session:
        relay.retry(session, delivery_id=only_delivery(database).id)
    deliver_all(app)
    done = only_delivery(database)
    assert (done.state, done.attempts) == (DeliveryState.DONE, 1)
    with pytest.raises(NotFound), database.transaction() as session:
        relay.retry(session, delivery_id=done.id)


def test_a_subscriber_that_is_gone_is_noticed(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.transaction() as session:
        events.record(session, BellRung(1), actor=SYSTEM)
        relay.fan_out(session)
    monkeypatch.setitem(registry._subscribers, "BellRung", {})
    deliver_all(app)
    assert "no subscriber is named tests.answer_the_door" in (only_delivery(database).last_error or "")


def test_what_follows_at_once_is_undone_with_what_happened(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_session: Session, _event: Event) -> None:
        raise RuntimeError("the price list is locked")

    monkeypatch.setitem(registry._at_once, "BellRung", [refuse])
    with pytest.raises(RuntimeError), session.begin_nested():
        events.record(session, BellRung(1), actor=SYSTEM)
    assert session.scalar(select(Event.id)) is None
