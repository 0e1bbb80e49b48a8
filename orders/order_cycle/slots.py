"""From the weekly hours of pickup points to the slots of one cycle. Pure calculation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from coopcircuits import clock
from shops.delivery.models import OpeningHours

_DAYS = 7


@dataclass(frozen=True)
class SlotSpec:
    """A slot to be made; no ``capacity`` means no limit of orders."""

    method_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int | None


def slot_after(hours: OpeningHours, closes_at: datetime, zone: str) -> SlotSpec:
    """The first time, after the sale has closed, that a pickup point opens at these weekly hours.

    The wall clock of ``zone`` decides, so Friday 17:00 stays Friday 17:00 when summer time begins or ends.
    """
    closing_day = clock.local_date(closes_at, zone)
    for ahead in range(_DAYS + 1):
        day = closing_day + timedelta(days=ahead)
        if day.weekday() != hours.weekday:
            continue
        starts_at = clock.at_local(day, hours.starts.hour, hours.starts.minute, zone)
        if starts_at >= closes_at:
            ends_at = clock.at_local(day, hours.ends.hour, hours.ends.minute, zone)
            if ends_at <= starts_at:  # the clocks jumped over the whole span
                ends_at = starts_at + (datetime.combine(day, hours.ends) - datetime.combine(day, hours.starts))
            return SlotSpec(hours.method_id, starts_at, ends_at, hours.capacity)
    raise ValueError("a weekday comes back within a week")


def slots_after(hours: Iterable[OpeningHours], closes_at: datetime, zone: str) -> list[SlotSpec]:
    """One slot for each weekly span, in the order of time."""
    found = [slot_after(span, closes_at, zone) for span in hours]
    return sorted(found, key=lambda slot: (slot.starts_at, slot.method_id))
