"""From the weekly hours of pickup points to the slots of one cycle. Pure calculation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from coopcircuits import clock
from orders.order_cycle.models import Slot
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


@dataclass(frozen=True)
class Pickup:
    """A stretch of time in which a place is open: slots that follow each other read as one."""

    place: str
    city: str
    starts_at: datetime
    ends_at: datetime


def pickups(slots: Iterable[Slot], zone: str) -> list[Pickup]:
    """Where and when a cycle's orders are collected, in the order of time; ``zone`` says which day it is."""
    found: list[Pickup] = []
    last: dict[int, int] = {}
    for slot in sorted(slots, key=lambda slot: (slot.starts_at, slot.id)):
        at = last.get(slot.method_id)
        if at is not None and _touches(found[at], slot, zone):
            found[at] = replace(found[at], ends_at=max(found[at].ends_at, slot.ends_at))
            continue
        last[slot.method_id] = len(found)
        found.append(Pickup(slot.method.name, slot.method.city, slot.starts_at, slot.ends_at))
    return found


def _touches(pickup: Pickup, slot: Slot, zone: str) -> bool:
    same_day = clock.local_date(pickup.starts_at, zone) == clock.local_date(slot.starts_at, zone)
    return same_day and slot.starts_at <= pickup.ends_at
