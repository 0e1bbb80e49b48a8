"""Instants as the protocol writes them: RFC 3339, UTC with ``Z``, whole seconds."""

import re
from datetime import UTC, datetime

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
# Years before 2000 and after 2099 stand in no report, and the calendar's ends break arithmetic.
_SHAPE = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def format_moment(instant: datetime) -> str:
    """``2026-11-05T08:00:00Z``; fractions of a second are dropped."""
    return instant.astimezone(UTC).strftime(_FORMAT)


def parse_moment(text: str) -> datetime:
    """The instant, aware, in UTC; anything but the exact form is a :class:`ValueError`."""
    if not _SHAPE.fullmatch(text):
        raise ValueError("not a UTC time in whole seconds")
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
