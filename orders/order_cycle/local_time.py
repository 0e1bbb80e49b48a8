"""Times as a manager types them: on the shop's wall clock, summer time included. Pure calculation."""

from datetime import date, datetime, time

from coopcircuits import clock
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_


class NoSuchTime(InvalidInput):
    """The clocks jumped over this time."""

    code = "no-such-time"
    message = N_("On %(day)s the clocks go forward and %(time)s does not exist. Please choose another time.")


def read_local(day: date, at: time, zone: str, *, field: str) -> datetime:
    """The UTC instant of a time on the wall clock of ``zone``; raises :class:`NoSuchTime` for one that is skipped.

    A time that occurs twice is its first occurrence.
    """
    instant = clock.at_local(day, at.hour, at.minute, zone)
    if clock.local(instant, zone).replace(tzinfo=None) != datetime.combine(day, at.replace(second=0, microsecond=0)):
        raise NoSuchTime(field=field, day=day.strftime("%d/%m/%Y"), time=at.strftime("%H:%M"))
    return instant


def later_by_days(instant: datetime, days: int, zone: str) -> datetime:
    """The same time on the wall clock of ``zone``, ``days`` later; moved past the gap where the clocks jump."""
    local = clock.local(instant, zone)
    return clock.at_local(date.fromordinal(local.toordinal() + days), local.hour, local.minute, zone)
