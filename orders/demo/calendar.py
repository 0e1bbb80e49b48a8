"""When the shops of the demonstration sell. Pure calculation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from coopcircuits import clock
from shops.demo.content import Told
from shops.demo.territory import WEEKDAYS

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Sale:
    """The dates of one order cycle."""

    opens_at: datetime
    closes_at: datetime


def sales(rhythm: Told, zone: str, *, since: datetime, now: datetime) -> list[Sale]:
    """Every sale that opens from ``since`` on, up to the first that closes after ``now`` and the one after it.

    A shop that sells every second week does so in the weeks that make its last sale end within seven days.
    """
    present = next(i for i, sale in enumerate(_weekly(rhythm, zone, since)) if sale.closes_at > now)
    step: int = rhythm["every_weeks"]
    chosen = []
    for number, sale in enumerate(_weekly(rhythm, zone, since)):
        if number > present + step:
            break
        if (number - present) % step == 0 and sale.opens_at >= since:
            chosen.append(sale)
    return chosen


def opened_early(found: list[Sale], now: datetime) -> list[Sale]:
    """The same sales, the one that closes first after ``now`` already open for some hours."""
    present = next(i for i, sale in enumerate(found) if sale.closes_at > now)
    if found[present].opens_at <= now:
        return found
    over = found[present - 1].closes_at if present else now - timedelta(hours=20)
    early = max(over, now - timedelta(hours=20)).replace(minute=0, second=0, microsecond=0)
    return [replace(sale, opens_at=early) if i == present else sale for i, sale in enumerate(found)]


def weekly(day: int, at: time, zone: str, *, since: datetime, until: datetime) -> Iterator[datetime]:
    """Each instant between the two at which the clocks of ``zone`` show this weekday (0 is Monday) and time."""
    today = clock.local_date(since, zone)
    today += timedelta(days=(day - today.weekday()) % 7)
    while (instant := clock.at_local(today, at.hour, at.minute, zone)) <= until:
        if instant >= since:
            yield instant
        today += _WEEK


def _weekly(rhythm: Told, zone: str, since: datetime) -> Iterator[Sale]:
    """A sale each week, from the first that closes after ``since``."""
    opens, closes = rhythm["opens"], rhythm["closes"]
    days_open = (WEEKDAYS.index(closes["day"]) - WEEKDAYS.index(opens["day"])) % 7
    for closes_at in weekly(
        WEEKDAYS.index(closes["day"]),
        time.fromisoformat(closes["time"]),
        zone,
        since=since,
        until=since + timedelta(days=4000),
    ):
        first: date = clock.local_date(closes_at, zone) - timedelta(days=days_open)
        at = time.fromisoformat(opens["time"])
        yield Sale(clock.at_local(first, at.hour, at.minute, zone), closes_at)
