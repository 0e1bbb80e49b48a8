"""Availability in words; percentages are derived here, from seconds, and rounded down."""

from typing import Any

from billing.availability.outage import EVERY, Cause
from billing.commons.figures import NOT_MEASURED
from coopcircuits.federation.moments import parse_moment
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.templating import number_text, rate_text

#: What we promise, in hundredths of a per cent.
PROMISED = 9_996


def is_measured(payload: dict[str, Any]) -> bool:
    """Whether a report tells of availability at all."""
    return bool(payload["availability"]["method"] != NOT_MEASURED)


def month_seconds(payload: dict[str, Any]) -> int:
    """The real seconds of a report's month: 743 to 745 hours around a change of clocks."""
    return int((parse_moment(payload["period_end"]) - parse_moment(payload["period_start"])).total_seconds())


def available_text(payload: dict[str, Any]) -> str:
    """The part of the month in which people could shop, in per cent with two decimals, rounded down."""
    if not is_measured(payload):
        return gettext("Not measured")
    seconds = month_seconds(payload)
    return rate_text((seconds - payload["availability"]["down_seconds"]) * 10_000 // seconds)


def allowed_seconds(payload: dict[str, Any]) -> int:
    """How long an instance may be down in a report's month and still keep what we promise, 99.96 %."""
    return month_seconds(payload) * (10_000 - PROMISED) // 10_000


def duration_text(seconds: int) -> str:
    """A length of time in minutes, rounded up, or in seconds below one."""
    if 0 < seconds < 60:
        return gettext("%(count)s s", count=number_text(seconds))
    return gettext("%(count)s min", count=number_text(-(-seconds // 60)))


def probed_text(payload: dict[str, Any]) -> str:
    """Which part of the month was looked at, in whole per cent rounded down."""
    looked = min(payload["availability"]["probes"] * int(EVERY.total_seconds()), month_seconds(payload))
    return gettext("%(share)s of the month", share=rate_text(looked * 100 // month_seconds(payload) * 100))


def incidents_text(payload: dict[str, Any]) -> str:
    """How often the instance was down."""
    return ngettext("%(num)s interruption", "%(num)s interruptions", payload["availability"]["incidents"])


def cause_text(cause: Cause) -> str:
    """Why an instance counted as down."""
    return {
        Cause.FAILED: gettext("Two probes in a row failed."),
        Cause.SLOW: gettext("More than one answer in twenty took over ten seconds."),
        Cause.SILENT: gettext("Nobody could look."),
    }[cause]
