"""What the cycle form proposes: a name, times, and the slots that the pickup points' weekly hours give. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from babel.dates import format_date

from coopcircuits import clock, i18n
from coopcircuits.i18n import gettext
from orders.order_cycle.local_time import later_by_days
from orders.order_cycle.models import OrderCycle, Slot
from orders.order_cycle.slots import SlotSpec, slot_after
from shops.delivery.models import DeliveryMethod, OpeningHours
from shops.product.models import Category, Variant

_WEEK = 7
_CLOSING_HOUR = time(20)


def suggested_name(closes_at: datetime, zone: str) -> str:
    """ "Semaine du 26 novembre", after the day on which the sale closes."""
    day = format_date(clock.local_date(closes_at, zone), "d MMMM", locale=i18n.locale())
    return gettext("Week of %(day)s", day=day)


@dataclass(frozen=True)
class Times:
    """Opening and closing on the shop's wall clock."""

    opens_on: date
    opens_time: time
    closes_on: date
    closes_time: time

    @classmethod
    def of(cls, opens_at: datetime, closes_at: datetime, zone: str) -> "Times":
        opens, closes = clock.local(opens_at, zone), clock.local(closes_at, zone)
        return cls(opens.date(), opens.time(), closes.date(), closes.time())

    def closes_at(self, zone: str) -> datetime:
        """The closing as an instant."""
        return clock.at_local(self.closes_on, self.closes_time.hour, self.closes_time.minute, zone)


def days_until_next(cycle: OrderCycle, zone: str) -> int:
    """How many days later, in whole weeks, the next repetition of a cycle closes in the future."""
    days = _WEEK
    while later_by_days(cycle.closes_at, days, zone) <= clock.now():
        days += _WEEK
    return days


def next_times(cycle: OrderCycle, zone: str) -> tuple[datetime, datetime]:
    """When the next repetition of a cycle opens and closes."""
    days = days_until_next(cycle, zone)
    return later_by_days(cycle.opens_at, days, zone), later_by_days(cycle.closes_at, days, zone)


def suggested_times(last: OrderCycle | None, hours: Sequence[OpeningHours], zone: str) -> Times:
    """The last cycle's times moved by whole weeks into the future; for a first cycle, from the next full hour until
    the evening before the first pickup that is at least two days away."""
    if last is not None:
        return Times.of(*next_times(last, zone), zone)
    here = clock.local(clock.now(), zone)
    opens = here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    weekdays = {span.weekday for span in hours} or {here.weekday()}
    pickup_day = next(
        day for ahead in range(2, 10) if (day := here.date() + timedelta(days=ahead)).weekday() in weekdays
    )
    return Times(opens.date(), opens.time(), pickup_day - timedelta(days=1), _CLOSING_HOUR)


@dataclass(frozen=True)
class SlotChoice:
    """One line of the list of slots: weekly hours of a place, or a slot that the cycle has already."""

    place: DeliveryMethod
    hours: OpeningHours | None
    slot: Slot | None

    @property
    def key(self) -> str:
        return f"s{self.slot.id}" if self.slot else f"h{self.hours.id if self.hours else 0}"

    @property
    def capacity(self) -> int | None:
        source = self.slot or self.hours
        return source.capacity if source else None

    @property
    def taken(self) -> int:
        return self.slot.taken if self.slot else 0

    def starts_at(self, closes_at: datetime, zone: str) -> datetime:
        """When it begins, for a sale that closes then."""
        return self.spec(closes_at, zone, None).starts_at

    def spec(self, closes_at: datetime, zone: str, capacity: int | None) -> SlotSpec:
        """The slot itself: a new one is the first time, after the closing, that the place is open."""
        if self.slot is not None:
            return SlotSpec(self.slot.method_id, self.slot.starts_at, self.slot.ends_at, capacity)
        assert self.hours is not None  # noqa: S101 - a choice is one or the other
        found = slot_after(self.hours, closes_at, zone)
        return SlotSpec(found.method_id, found.starts_at, found.ends_at, capacity)


def suggested_variants(sellable: Sequence[Variant], shop_id: int, last: Collection[int]) -> list[int]:
    """What will probably be sold: what the last cycle sold and still can, else all of the shop's own, else all."""
    again = [variant.id for variant in sellable if variant.id in last]
    own = [variant.id for variant in sellable if variant.product.producer_id == shop_id]
    return again or own or [variant.id for variant in sellable]


def by_aisle(variants: Sequence[Variant]) -> list[tuple[Category, list[Variant]]]:
    """What a shop may sell, already sorted, by category."""
    return [(category, list(found)) for category, found in groupby(variants, key=lambda v: v.product.category)]


def slot_choices(places: Sequence[DeliveryMethod], cycle: OrderCycle | None, zone: str) -> list[SlotChoice]:
    """The slots that a cycle has, then the weekly hours that none of them covers."""
    kept = [slot for slot in cycle.slots if slot.capacity != 0 or slot.taken] if cycle else []
    covered = {
        (slot.method_id, local.weekday(), local.time())
        for slot in kept
        for local in (clock.local(slot.starts_at, zone),)
    }
    return [SlotChoice(slot.method, None, slot) for slot in kept] + [
        SlotChoice(place, span, None)
        for place in places
        for span in place.hours
        if (place.id, span.weekday, span.starts) not in covered
    ]
