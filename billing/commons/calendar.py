"""When reports are expected and months are settled: the sisters' calendar, in UTC."""

from datetime import UTC, datetime, timedelta

from coopcircuits.period import Month

#: Day and hour of the following month, by which a final report is published.
FINAL_BY = (10, 12)
#: From then on every instance computes who pays what.
ALLOCATED_FROM = (12, 0)
#: The end of objections: a report issued from then on counts in the next allocation.
COUNTED_UNTIL = (20, 0)
#: A day later, so that all have fetched what counts.
LOCKED_FROM = (21, 0)
TIME_TO_FETCH = timedelta(days=LOCKED_FROM[0] - COUNTED_UNTIL[0])


def final_due(month: Month) -> datetime:
    """The instant from which a month without its final report is late."""
    return _in_next(month, FINAL_BY)


def allocation_due(month: Month) -> datetime:
    """The instant from which the month's allocation is computed."""
    return _in_next(month, ALLOCATED_FROM)


def counted_until(month: Month) -> datetime:
    """Reports issued before this instant count in the month's allocation."""
    return _in_next(month, COUNTED_UNTIL)


def lock_due(month: Month) -> datetime:
    """The instant from which the month's allocation is locked, once enough instances agree."""
    return _in_next(month, LOCKED_FROM)


def _in_next(month: Month, day_and_hour: tuple[int, int]) -> datetime:
    after = month.plus(1)
    day, hour = day_and_hour
    return datetime(after.year, after.number, day, hour, tzinfo=UTC)
