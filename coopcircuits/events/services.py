"""Record what happened, in the transaction in which it happened."""

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.db import write
from coopcircuits.events.models import Event
from coopcircuits.events.registry import Fact, followers_at_once


def record(session: Session, fact: Fact, *, actor: Actor) -> Event:
    """Write ``fact`` to the audit trail; the worker delivers it to its subscribers after the commit."""
    kind, key = fact.subject
    payload = fact.payload
    event = Event(
        name=type(fact).__name__,
        at=clock.now(),
        actor=actor.label,
        subject_type=kind,
        subject_id=payload[key],
        payload=payload,
    )
    write(session, event)
    for follow in followers_at_once(event.name):
        follow(session, event)
    return event
