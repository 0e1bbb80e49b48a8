"""Weekly hours become slots after the closing, on the shop's wall clock."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopcircuits import clock
from orders.order_cycle.models import Slot
from orders.order_cycle.slots import pickups, slot_after, slots_after
from shops.delivery.models import DeliveryMethod, OpeningHours

HOURS = st.builds(
    lambda weekday, start, minutes: OpeningHours(
        method_id=1, weekday=weekday, starts=time(start), ends=time(start, minutes), capacity=None
    ),
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(1, 59),
)
CLOSINGS = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
ZONES = st.sampled_from(["Europe/Paris", "Pacific/Auckland", "Asia/Kolkata"])


def hours(weekday: int, start: int, end: int, method_id: int = 1) -> OpeningHours:
    return OpeningHours(method_id=method_id, weekday=weekday, starts=time(start), ends=time(end), capacity=20)


@pytest.mark.parametrize(
    ("zone", "closes_at", "expected"),
    [
        # Thursday 22 October 2026, 20:00: the pickup of Sunday is after the end of summer time.
        ("Europe/Paris", datetime(2026, 10, 22, 18, tzinfo=UTC), datetime(2026, 10, 25, 16, tzinfo=UTC)),
        # Thursday 25 March 2027, 20:00: summer time begins on the Sunday of the pickup.
        ("Europe/Paris", datetime(2027, 3, 25, 19, tzinfo=UTC), datetime(2027, 3, 28, 15, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 9, 24, 8, tzinfo=UTC), datetime(2026, 9, 27, 4, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 10, 22, 14, 30, tzinfo=UTC), datetime(2026, 10, 25, 11, 30, tzinfo=UTC)),
    ],
)
def test_sunday_at_five_stays_sunday_at_five(zone: str, closes_at: datetime, expected: datetime) -> None:
    slot = slot_after(hours(6, 17, 19), closes_at, zone)
    assert slot.starts_at == expected
    assert slot.ends_at == expected + timedelta(hours=2)


def test_hours_of_the_closing_day_count_only_if_they_come_after() -> None:
    thursday_evening = datetime(2026, 11, 26, 19, tzinfo=UTC)
    assert slot_after(hours(3, 20, 21), thursday_evening, "Europe/Paris").starts_at == thursday_evening
    later = slot_after(hours(3, 17, 19), thursday_evening, "Europe/Paris")
    assert f"{clock.local(later.starts_at, 'Europe/Paris'):%d/%m %H:%M}" == "03/12 17:00"


@given(st.lists(HOURS, min_size=1, max_size=8), CLOSINGS, ZONES)
def test_every_weekly_span_gives_one_slot_within_the_week_after(
    spans: list[OpeningHours], closes_at: datetime, zone: str
) -> None:
    slots = slots_after(spans, closes_at, zone)
    assert len(slots) == len(spans)
    assert slots == sorted(slots, key=lambda slot: slot.starts_at)
    for slot in slots:
        assert closes_at <= slot.starts_at < slot.ends_at
        assert slot.starts_at - closes_at <= timedelta(days=8)


def test_slots_that_follow_each_other_read_as_one_pickup() -> None:
    farm = DeliveryMethod(id=1, name="À la ferme", city="Die")
    station = DeliveryMethod(id=2, name="Devant la gare", city="Livron")

    def slot(number: int, place: DeliveryMethod, start: datetime, minutes: int) -> Slot:
        return Slot(
            id=number, method_id=place.id, method=place, starts_at=start, ends_at=start + timedelta(minutes=minutes)
        )

    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)
    found = pickups(
        [
            slot(1, farm, friday, 60),
            slot(2, station, friday + timedelta(minutes=30), 30),
            slot(3, farm, friday + timedelta(hours=1), 60),
            slot(4, farm, friday + timedelta(hours=4), 30),
        ],
        "Europe/Paris",
    )
    assert [(p.city, p.starts_at, p.ends_at) for p in found] == [
        ("Die", friday, friday + timedelta(hours=2)),
        ("Livron", friday + timedelta(minutes=30), friday + timedelta(hours=1)),
        ("Die", friday + timedelta(hours=4), friday + timedelta(hours=4, minutes=30)),
    ]
