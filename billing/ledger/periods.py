"""Which days of the books are open, and which days, months and years are due to be closed. No database."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import pairwise

from billing.ledger.models import ClosingKind


def first_open_day(today: date) -> date:
    """The earliest day that an entry made today may bear: the first of last month.

    A month is closed for good before the next one ends; what is heard of later is entered on the first day still open
    (plan comptable général, art. 921-3).
    """
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def period_of(kind: ClosingKind, day: date) -> str:
    """ "2026-11-05", "2026-11" or "2026"."""
    return day.isoformat()[: {ClosingKind.DAY: 10, ClosingKind.MONTH: 7, ClosingKind.YEAR: 4}[kind]]


def due_periods(
    days: Collection[date], *, last: date | None, done: Collection[str], today: date
) -> Iterator[tuple[ClosingKind, str]]:
    """What is over and not closed, in the order in which it ended.

    ``days`` have entries and no closing yet, in order, all before ``today``; ``last`` is the last day closed, ``done``
    the periods closed last. A day, month or year without an entry has no closing.
    """
    for day, following in pairwise([*([last] if last else []), *days, today]):
        if day != last:
            yield ClosingKind.DAY, day.isoformat()
        for kind in (ClosingKind.MONTH, ClosingKind.YEAR):
            period = period_of(kind, day)
            if period != period_of(kind, following) and period not in done:
                yield kind, period
