"""What probes saw in the demonstration's months: as if somebody had looked every minute from outside."""

from datetime import timedelta

from sqlalchemy.orm import Session

from billing.availability.models import Outage, ProbedDay
from billing.availability.outage import EVERY, Cause
from coopcircuits import clock
from coopcircuits.period import Month

#: By how many months ago: day of the month, hour and minute on the clock, minutes down, why.
_OUTAGES = {
    3: [(14, 22, 5, 11, Cause.FAILED)],
    2: [(3, 6, 30, 4, Cause.SILENT), (19, 11, 2, 20, Cause.SLOW)],
    1: [(8, 23, 10, 6, Cause.FAILED)],
}


def watch_month(session: Session, month: Month, zone: str, *, months_ago: int) -> None:
    """Every day of a month that is over, looked at all day, and its outages."""
    day, failed = month.first_day, {}
    for number, hour, minute, minutes, cause in _OUTAGES.get(months_ago, []):
        starts = clock.at_local(month.first_day + timedelta(days=number - 1), hour, minute, zone)
        session.add(Outage(starts_at=starts, ends_at=starts + timedelta(minutes=minutes), cause=cause))
        failed[number] = minutes if cause is Cause.FAILED else 0
    while day < month.plus(1).first_day:
        length = clock.at_local(day + timedelta(days=1), 0, 0, zone) - clock.at_local(day, 0, 0, zone)
        session.add(ProbedDay(day=day, probes=length // EVERY, failed=failed.get(day.day, 0)))
        day += timedelta(days=1)
