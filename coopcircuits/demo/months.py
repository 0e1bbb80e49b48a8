"""Move the demonstration's months so that it always ends today, in tables and in French sentences."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from coopcircuits.period import Month

#: The content is written for an instance seen in this month.
WRITTEN_FOR = Month(2026, 11)
NAMES = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b( \d{{4}})?")


@dataclass(frozen=True)
class Shift:
    """By how many months the content is moved."""

    months: int

    @classmethod
    def to(cls, now: datetime, zone: str) -> "Shift":
        """The move that brings the content to the month of ``now``."""
        present = Month.of(now, zone)
        return cls((present.year - WRITTEN_FOR.year) * 12 + present.number - WRITTEN_FOR.number)

    def month(self, text: str) -> Month:
        """A month written ``YYYY-MM``."""
        return Month.parse(text).plus(self.months)

    def day(self, day: date) -> date:
        """A day; the 31st of a longer month becomes the last day of a shorter one."""
        first = Month(day.year, day.month).plus(self.months).first_day
        following = Month(first.year, first.month).plus(1).first_day
        return first.replace(day=min(day.day, (following - first).days))

    def text(self, sentence: str) -> str:
        """A French sentence that names months, with or without their year."""
        if self.months == 0:
            return sentence
        return _NAMED.sub(self._renamed, sentence)

    def _renamed(self, found: re.Match[str]) -> str:
        year = int(found[2]) if found[2] else WRITTEN_FOR.year
        month = Month(year, NAMES.index(found[1]) + 1).plus(self.months)
        return f"{NAMES[month.number - 1]} {month.year}" if found[2] else NAMES[month.number - 1]
