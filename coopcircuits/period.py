"""Civil months, written ``YYYY-MM``, and their bounds in a time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from coopcircuits import clock
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_

_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """One civil month."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read ``YYYY-MM``; anything else is :class:`InvalidInput`."""
        match = _PATTERN.fullmatch(text)
        if match is None or match[1] == "0000":
            raise InvalidInput(N_("Write the month as YYYY-MM, for example 2026-10."), field="period")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, instant: datetime, zone: str) -> "Month":
        """The month that the calendar of ``zone`` shows at ``instant``."""
        day = clock.local_date(instant, zone)
        return cls(day.year, day.month)

    def plus(self, months: int) -> "Month":
        """The month that many months later (earlier if negative)."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    def starts_at(self, zone: str) -> datetime:
        """First instant of the month in ``zone``, in UTC."""
        return clock.at_local(self.first_day, 0, 0, zone)

    def ends_at(self, zone: str) -> datetime:
        """First instant after the month in ``zone``, in UTC."""
        return self.plus(1).starts_at(zone)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
