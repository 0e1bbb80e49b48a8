"""The worker's side of events: fan out to subscribers, deliver, retry with growing pauses."""

import logging
import traceback
from datetime import timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.errors import NotFound
from coopcircuits.events import registry
from coopcircuits.events.models import Delivery, DeliveryState, Event

log = logging.getLogger(__name__)

#: About two days of trying, see :func:`pause_after`.
MAX_ATTEMPTS = 20
_BATCH = 200


def due(database: Database, *, most: int = _BATCH) -> list[int]:
    """Make deliveries of new events, then name those to try now, longest waiting first."""
    with database.reading() as session:
        is_new = session.scalar(select(exists().where(Event.dispatched_at.is_(None))))
    if is_new:  # looking is free, while a transaction takes the write lock on SQLite
        with database.transaction() as session:
            fan_out(session)
    with database.reading() as session:
        return list(
            session.scalars(
                select(Delivery.id)
                .where(Delivery.state == DeliveryState.WAITING, Delivery.next_attempt_at <= clock.now())
                .order_by(Delivery.next_attempt_at, Delivery.id)
                .limit(most)
            )
        )


def fan_out(session: Session) -> int:
    """Create one delivery per subscriber for events that have none yet; returns how many events were handled."""
    waiting = session.scalars(
        select(Event)
        .where(Event.dispatched_at.is_(None))
        .order_by(Event.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    now = clock.now()
    for event in waiting:
        event.dispatched_at = now
        for name in registry.subscribers_of(event.name):
            session.add(Delivery(event_id=event.id, subscriber=name, next_attempt_at=now))
    return len(waiting)


def deliver(database: Database, delivery_id: int) -> None:
    """Try one delivery.

    First the attempt is counted and the next one dated, in a transaction of its own: a subscriber that brings the
    whole process down is not what the next process starts with. Then the subscriber's rows and "done" commit
    together, under a lock on the delivery: killed midway, nothing is half-done; two workers do it once.
    """
    if not _claim(database, delivery_id):
        return
    try:
        with database.transaction() as session:
            delivery = _lock(session, delivery_id)
            if delivery is None:
                return
            event = session.get_one(Event, delivery.event_id)
            function = registry.find(event.name, delivery.subscriber)
            if function is None:
                raise LookupError(f"no subscriber is named {delivery.subscriber}")
            function(session, event)
            delivery.state, delivery.done_at = DeliveryState.DONE, clock.now()
    except Exception:  # whatever a subscriber raises must not hold up the others
        log.exception("delivery %s failed", delivery_id)
        _note_failure(database, delivery_id, traceback.format_exc(limit=-3))


def _lock(session: Session, delivery_id: int) -> Delivery | None:
    """The delivery if it still waits and no other worker has it."""
    return session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.WAITING)
        .with_for_update(skip_locked=True)
    )


def _claim(database: Database, delivery_id: int) -> bool:
    with database.transaction() as session:
        delivery = _lock(session, delivery_id)
        now = clock.now()
        if delivery is None or delivery.next_attempt_at > now:
            return False
        if delivery.attempts >= MAX_ATTEMPTS:  # the last attempt ended with the process itself
            delivery.state = DeliveryState.FAILED
            return False
        delivery.attempts += 1
        delivery.next_attempt_at = now + pause_after(delivery.attempts)
        return True


def _note_failure(database: Database, delivery_id: int, error: str) -> None:
    with database.transaction() as session:
        delivery = _lock(session, delivery_id)
        if delivery is None:
            return
        delivery.last_error = error[-4000:]
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = DeliveryState.FAILED


def pause_after(attempts: int) -> timedelta:
    """2 s, 4 s, 8 s … up to 6 hours."""
    return timedelta(seconds=min(2**attempts, 6 * 3600))


def retry(session: Session, *, delivery_id: int) -> None:
    """Try a delivery again at once, as if for the first time; raises :class:`NotFound` if it is done."""
    moved = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state != DeliveryState.DONE)
        .values(state=DeliveryState.WAITING, attempts=0, next_attempt_at=clock.now())
        .returning(Delivery.id)
    ).scalar()
    if moved is None:
        raise NotFound


def retry_failed(session: Session) -> int:
    """Start every delivery that was given up again; returns how many."""
    moved = session.scalars(
        update(Delivery)
        .where(Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.WAITING, attempts=0, next_attempt_at=clock.now())
        .returning(Delivery.id)
    ).all()
    return len(moved)
