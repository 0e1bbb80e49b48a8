"""The only clock: every floor asks here what time it is, so that tests and the demo can travel."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen_time", default=None)


def now() -> datetime:
    """The present instant, timezone-aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def travel(to: datetime) -> Iterator[None]:
    """Make :func:`now` answer ``to`` (timezone-aware) inside the block."""
    if to.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    token = _frozen.set(to.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def local(instant: datetime, zone: str) -> datetime:
    """``instant`` as the wall clock of ``zone`` (IANA name) shows it."""
    return instant.astimezone(ZoneInfo(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The civil date of ``instant`` in ``zone``."""
    return local(instant, zone).date()


def at_local(day: date, hour: int, minute: int, zone: str) -> datetime:
    """The UTC instant of a wall-clock time.

    A time skipped by a change to summer time moves forward by the skipped hour; one that occurs twice is its
    first occurrence (PEP 495, ``fold=0``).
    """
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
