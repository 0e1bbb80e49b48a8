"""What counts as down, on lives of probes that can be counted by hand."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from billing.availability.outage import EVERY, Cause, Down, Probe, State, first, follow, summed, unfinished
from billing.commons.figures import NOT_MEASURED
from coopcircuits.period import Month

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
GOOD, SLOW, FAILED = 120, 10_001, None


def live(*answers: int | None, at: Iterable[int] | None = None) -> tuple[State, list[Down]]:
    """The state and the outages after one probe a minute from noon on, or at these minutes."""
    minutes = list(at) if at is not None else list(range(len(answers)))
    probes = [Probe(NOON + minute * EVERY, answer) for minute, answer in zip(minutes, answers, strict=True)]
    state, ended = first(probes[0]), []
    for probe in probes[1:]:
        state, down = follow(state, probe)
        if down is not None:
            ended.append(down)
    return state, ended


def minutes_of(down: Down) -> tuple[int, int]:
    return (down.starts - NOON) // EVERY, (down.ends - NOON) // EVERY


def test_one_failed_probe_is_no_outage() -> None:
    state, ended = live(GOOD, FAILED, GOOD, FAILED, GOOD)
    assert (ended, state.down_since) == ([], None)


def test_two_failed_probes_count_from_the_first_until_the_next_good_one() -> None:
    _state, ended = live(GOOD, FAILED, FAILED, FAILED, GOOD, GOOD)
    assert [(minutes_of(down), down.cause) for down in ended] == [((1, 4), Cause.FAILED)]
    assert ended[0].seconds == 180


def test_an_outage_from_the_very_first_probe_counts() -> None:
    _state, ended = live(FAILED, FAILED, GOOD)
    assert [minutes_of(down) for down in ended] == [(0, 2)]


def test_an_outage_that_lasts_is_known_too() -> None:
    state, ended = live(GOOD, FAILED, FAILED)
    assert ended == []
    assert unfinished(state, NOON + 10 * EVERY) == Down(NOON + EVERY, NOON + 10 * EVERY, Cause.FAILED)


def test_the_ninety_fifth_percentile_is_over_ten_seconds_with_two_slow_answers_of_twenty() -> None:
    state, _ended = live(*[GOOD] * 19, SLOW, GOOD)
    assert state.down_since is None
    state, ended = live(*[GOOD] * 19, SLOW, GOOD, SLOW)
    assert (state.down_since, state.cause) == (NOON + 21 * EVERY, Cause.SLOW)
    state, ended = live(*[GOOD] * 19, SLOW, GOOD, SLOW, *[GOOD] * 18)
    assert [(minutes_of(down), down.cause) for down in ended] == [((21, 39), Cause.SLOW)]


def test_ten_seconds_sharp_are_not_over_ten_seconds() -> None:
    state, ended = live(*[10_000] * 40)
    assert (ended, state.down_since) == ([], None)


def test_fewer_than_twenty_answers_make_no_percentile() -> None:
    state, ended = live(*[SLOW] * 19)
    assert (ended, state.down_since) == ([], None)


def test_time_in_which_nobody_looked_counts_as_down() -> None:
    _state, ended = live(GOOD, GOOD, GOOD, at=[0, 1, 31])
    assert [(minutes_of(down), down.cause) for down in ended] == [((2, 31), Cause.SILENT)]
    assert live(GOOD, GOOD, at=[0, 3])[1] == []  # two missed probes are within what may happen
    state, _ = live(GOOD)
    assert unfinished(state, NOON + 3 * EVERY) is None
    assert unfinished(state, NOON + 9 * EVERY) == Down(NOON + EVERY, NOON + 9 * EVERY, Cause.SILENT)


def test_an_outage_goes_on_through_a_silence() -> None:
    _state, ended = live(GOOD, FAILED, FAILED, FAILED, GOOD, at=[0, 1, 2, 40, 41])
    assert [minutes_of(down) for down in ended] == [(1, 41)]
    _state, ended = live(GOOD, FAILED, FAILED, GOOD, at=[0, 1, 40, 41])
    assert [minutes_of(down) for down in ended] == [(1, 41)]


def test_what_was_slow_before_a_silence_is_forgotten() -> None:
    state, ended = live(*[SLOW] * 20, GOOD, GOOD, at=[*range(20), 60, 61])
    assert [minutes_of(down) for down in ended] == [(19, 60)]
    assert state.down_since is None


def test_a_second_worker_that_looks_at_the_same_time_does_not_count() -> None:
    state = first(Probe(NOON, GOOD))
    assert not state.counts(Probe(NOON + timedelta(seconds=20), FAILED))
    assert not state.counts(Probe(NOON - timedelta(minutes=5), FAILED))
    assert state.counts(Probe(NOON + EVERY, FAILED))


@pytest.mark.parametrize(
    ("month", "zone", "hours"),
    [
        (Month(2026, 10), "Europe/Paris", 745),
        (Month(2027, 3), "Europe/Paris", 743),
        (Month(2026, 10), "Australia/Melbourne", 743),
        (Month(2026, 11), "America/Toronto", 721),
        (Month(2026, 10), "Asia/Kolkata", 744),
    ],
)
def test_a_month_has_its_real_seconds(month: Month, zone: str, hours: int) -> None:
    """An outage of the whole month and beyond is cut to it."""
    starts, ends = month.starts_at(zone), month.ends_at(zone)
    whole = Down(starts - timedelta(days=3), ends + timedelta(days=3), Cause.FAILED)
    found = summed([whole], probes=9, starts=starts, ends=ends)
    assert (found.down_seconds, found.incidents, found.incident_minutes) == (hours * 3600, 1, hours * 60)


def test_each_incident_is_rounded_up_to_minutes() -> None:
    starts, ends = NOON, NOON + timedelta(days=1)
    outages = [
        Down(NOON + timedelta(hours=hour), NOON + timedelta(hours=hour, seconds=61), Cause.FAILED) for hour in (1, 2)
    ]
    outages.append(Down(ends, ends + timedelta(hours=1), Cause.FAILED))  # another month's
    found = summed(outages, probes=1440, starts=starts, ends=ends)
    assert (found.probes, found.down_seconds, found.incidents, found.incident_minutes) == (1440, 122, 2, 4)


def test_without_a_probe_nothing_is_claimed() -> None:
    assert summed([], probes=0, starts=NOON, ends=NOON + EVERY).method == NOT_MEASURED
