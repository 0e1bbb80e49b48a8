"""The calendar of the cooperative."""

from datetime import date

from coopcircuits import clock
from coopcircuits.site import site


def today() -> date:
    """The day it is in the cooperative's zone."""
    return clock.local_date(clock.now(), site().zone)
