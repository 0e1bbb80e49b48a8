"""When reports are expected: the sisters' calendar, in UTC."""

from datetime import UTC, datetime

from coopcircuits.period import Month

#: Day and hour of the following month, by which a report is published.
PROVISIONAL_BY = (5, 0)
FINAL_BY = (10, 12)


def provisional_due(month: Month) -> datetime:
    """The end of the day before which a provisional report is expected."""
    return _in_next(month, PROVISIONAL_BY)


def final_due(month: Month) -> datetime:
    """The instant from which a month without its final report is late."""
    return _in_next(month, FINAL_BY)


def _in_next(month: Month, day_and_hour: tuple[int, int]) -> datetime:
    after = month.plus(1)
    day, hour = day_and_hour
    return datetime(after.year, after.number, day, hour, tzinfo=UTC)
