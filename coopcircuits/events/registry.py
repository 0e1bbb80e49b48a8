"""Which subscriber listens to which event; filled by each floor's ``subscribers.py`` when it is imported."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from coopcircuits.events.models import Event


@dataclass(frozen=True)
class Fact:
    """Base of every event class; ``subject`` names the table of the object and the field holding its id."""

    subject: ClassVar[tuple[str, str]]

    @property
    def payload(self) -> dict[str, Any]:
        return asdict(self)


#: Called in a transaction of its own, at least once: must be idempotent.
Subscriber = Callable[[Session, Event], None]

_subscribers: dict[str, dict[str, Subscriber]] = {}
_at_once: dict[str, list[Subscriber]] = {}


def subscriber(*facts: type[Fact], at_once: bool = False) -> Callable[[Subscriber], Subscriber]:
    """Register a function as a subscriber of these events, under its module's floor and its own name.

    The worker calls it after the commit. ``at_once`` is for read models that must never lag behind (prices on sale):
    they are written in the very transaction that records the event, and their failure undoes it.
    """

    def register(function: Subscriber) -> Subscriber:
        name = f"{function.__module__.split('.')[0]}.{function.__name__}"
        for fact in facts:
            if at_once:
                _at_once.setdefault(fact.__name__, []).append(function)
                continue
            _subscribers.setdefault(fact.__name__, {})[name] = function
        return function

    return register


def subscribers_of(event_name: str) -> dict[str, Subscriber]:
    """Subscribers of an event by name."""
    return _subscribers.get(event_name, {})


def followers_at_once(event_name: str) -> list[Subscriber]:
    """Subscribers that write in the same transaction."""
    return _at_once.get(event_name, [])


def find(event_name: str, name: str) -> Subscriber | None:
    return _subscribers.get(event_name, {}).get(name)
