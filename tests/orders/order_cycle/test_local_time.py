"""What a manager types is what the shop's clock shows, in summer and in winter."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopcircuits import clock
from orders.order_cycle.local_time import NoSuchTime, later_by_days, read_local

ZONES = ["Europe/Paris", "Pacific/Auckland", "Asia/Kolkata", "America/Sao_Paulo", "UTC"]
TWO_YEARS = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


def test_an_ordinary_time() -> None:
    assert read_local(date(2026, 11, 26), time(20), "Europe/Paris", field="x") == datetime(2026, 11, 26, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at"),
    [
        ("Europe/Paris", date(2027, 3, 28), time(2, 30)),
        ("Pacific/Auckland", date(2026, 9, 27), time(2, 15)),
    ],
)
def test_a_time_that_the_clocks_jump_over_is_refused(zone: str, day: date, at: time) -> None:
    with pytest.raises(NoSuchTime) as refusal:
        read_local(day, at, zone, field="closes_time")
    assert refusal.value.field == "closes_time"
    assert at.strftime("%H:%M") in str(refusal.value)


def test_a_time_that_comes_twice_is_its_first() -> None:
    first = read_local(date(2026, 10, 25), time(2, 30), "Europe/Paris", field="x")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_week_later_the_clock_shows_the_same_time() -> None:
    before = read_local(date(2026, 10, 22), time(20), "Europe/Paris", field="x")
    after = later_by_days(before, 7, "Europe/Paris")
    assert f"{clock.local(after, 'Europe/Paris'):%d/%m %H:%M}" == "29/10 20:00"
    assert after - before == timedelta(days=7, hours=1)


@given(TWO_YEARS, st.integers(1, 60), st.sampled_from(ZONES))
def test_the_wall_clock_decides(start: datetime, days: int, zone: str) -> None:
    """Except where the clocks jump over it, the time of day stays, and the date moves by exactly that many days."""
    local, later = clock.local(start, zone), clock.local(later_by_days(start, days, zone), zone)
    assert later.date() == local.date() + timedelta(days=days)
    wanted = datetime.combine(later.date(), local.time())
    assert later.replace(tzinfo=None) in (wanted, wanted + timedelta(hours=1))
