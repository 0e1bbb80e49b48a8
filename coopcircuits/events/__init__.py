"""Events: the audit trail that is also the outbox."""

from coopcircuits.events.models import Event
from coopcircuits.events.registry import Fact, subscriber
from coopcircuits.events.services import record

__all__ = ["Event", "Fact", "record", "subscriber"]
