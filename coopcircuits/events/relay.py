"""The worker's side of events: fan out to subscribers, deliver, retry with growing pauses."""

import logging
import traceback
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.events import registry
from coopcircuits.events.models import Delivery, DeliveryState, Event

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 12
_BATCH = 200


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


def deliver_due(database: Database, *, most: int = _BATCH) -> int:
    """Deliver what is due, each in a transaction of its own; returns how many were tried.

    The row stays locked while its subscriber works, and "done" commits with the subscriber's own rows: a worker
    killed midway leaves the delivery waiting and nothing half-done.
    """
    with database.reading() as session:
        due = session.scalars(
            select(Delivery.id)
            .where(Delivery.state == DeliveryState.WAITING, Delivery.next_attempt_at <= clock.now())
            .order_by(Delivery.next_attempt_at, Delivery.id)
            .limit(most)
        ).all()
    for delivery_id in due:
        _deliver(database, delivery_id)
    return len(due)


def _deliver(database: Database, delivery_id: int) -> None:
    try:
        with database.transaction() as session:
            delivery = session.scalar(
                select(Delivery)
                .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.WAITING)
                .with_for_update(skip_locked=True)
            )
            if delivery is None:
                return  # another worker has it
            event = session.get_one(Event, delivery.event_id)
            function = registry.find(event.name, delivery.subscriber)
            if function is None:
                raise LookupError(f"no subscriber is named {delivery.subscriber}")
            function(session, event)
            delivery.state, delivery.done_at = DeliveryState.DONE, clock.now()
            delivery.attempts += 1
    except Exception:  # whatever a subscriber raises must not hold up the others
        log.exception("delivery %s failed", delivery_id)
        _postpone(database, delivery_id, traceback.format_exc(limit=-3))


def _postpone(database: Database, delivery_id: int, error: str) -> None:
    with database.transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.attempts += 1
        delivery.last_error = error
        delivery.next_attempt_at = clock.now() + pause_after(delivery.attempts)
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.state = DeliveryState.FAILED


def pause_after(attempts: int) -> timedelta:
    """2 s, 4 s, 8 s … up to 6 hours."""
    return timedelta(seconds=min(2**attempts, 6 * 3600))


def retry_failed(session: Session) -> int:
    """Start failed deliveries again at once; returns how many."""
    moved = session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.WAITING, attempts=0, next_attempt_at=clock.now())
    )
    return int(getattr(moved, "rowcount", 0))
