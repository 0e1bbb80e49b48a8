"""Probes are kept as a few rows, and a month's report is drawn from them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.availability import queries, services
from billing.availability.models import Outage, ProbedDay
from billing.availability.outage import EVERY, Cause
from billing.commons.draft import draft_report
from billing.commons.figures import AVAILABILITY_METHOD, NOT_MEASURED, Availability
from coopcircuits.cooperative.queries import cooperative
from coopcircuits.period import Month

PARIS = "Europe/Paris"
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
#: A minute before midnight between the two months in Paris.
LATE = datetime(2026, 10, 31, 22, 59, tzinfo=UTC)
NEXT_WEEK = LATE + timedelta(days=7)


def look(session: Session, minute: float, milliseconds: int | None) -> bool:
    return services.keep_probe(session, at=LATE + minute * EVERY, milliseconds=milliseconds)


def test_an_outage_over_midnight_is_cut_between_the_months(session: Session) -> None:
    for minute in range(-30, 30):
        assert look(session, minute, None if -2 <= minute < 4 else 200)
    services.stop_watch(session, at=LATE + 30 * EVERY)
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK) == Availability(31, 180, 1, 3)
    assert queries.measured(session, NOVEMBER, PARIS, now=NEXT_WEEK) == Availability(29, 180, 1, 3)
    days = {day.day.isoformat(): day.down_seconds for day in queries.days(session, OCTOBER, PARIS, now=NEXT_WEEK)}
    assert days == {"2026-10-31": 180}
    rows = session.scalar(select(func.count()).select_from(ProbedDay))
    assert (rows, session.scalar(select(func.count()).select_from(Outage))) == (2, 1)


def test_a_day_on_which_nobody_looked_is_a_day_down(session: Session) -> None:
    for minute in (-3 * 1440, -3 * 1440 + 1, 0):
        look(session, minute, 200)
    days = [day.down_seconds for day in queries.days(session, OCTOBER, PARIS, now=LATE)]
    # Down from a minute after midnight of the second day until a minute before midnight of the last one.
    assert days == [0, 86_340, 86_400, 86_340]


def test_while_it_lasts_it_grows(session: Session) -> None:
    for minute, answer in enumerate([200, None, None]):
        look(session, minute - 10, answer)
    soon = LATE - 3 * EVERY
    assert queries.measured(session, OCTOBER, PARIS, now=soon).down_seconds == 6 * 60
    assert queries.outages(session, soon - EVERY, soon, now=soon)[0].cause is Cause.FAILED
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK).down_seconds == 10 * 60


def test_two_workers_do_not_count_twice(session: Session) -> None:
    assert [look(session, minute, 200) for minute in (0, 0.2, 1, 1.1)] == [True, False, True, False]
    assert queries.measured(session, OCTOBER, PARIS, now=LATE).probes == 1  # the other one is November's


def test_after_a_decision_to_stop_nothing_is_down(session: Session) -> None:
    for minute, answer in enumerate([200, None, None, None]):
        look(session, minute - 60, answer)
    assert services.stop_watch(session, at=LATE - 56 * EVERY)
    assert not services.stop_watch(session, at=LATE - 50 * EVERY)
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK) == Availability(4, 180, 1, 3)
    look(session, -10, 200)  # somebody begins again: the time between was not measured
    look(session, -9, 200)
    services.stop_watch(session, at=LATE - 8 * EVERY)
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK) == Availability(6, 180, 1, 3)


@pytest.mark.parametrize(("answer", "since"), [(200, -58), (None, -60)], ids=["silence", "outage"])
def test_a_decision_to_stop_takes_back_nothing_that_was_down(session: Session, answer: int | None, since: int) -> None:
    look(session, -60, answer)
    look(session, -59, answer)
    before = queries.measured(session, OCTOBER, PARIS, now=LATE)
    services.stop_watch(session, at=LATE)
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK) == before
    assert before.down_seconds == -since * 60


def test_a_month_in_which_nobody_looked_is_a_month_down(session: Session) -> None:
    look(session, -40 * 1440, 200)
    look(session, 5, 200)
    hours = 745
    assert queries.measured(session, OCTOBER, PARIS, now=NEXT_WEEK) == Availability(0, hours * 3600, 1, hours * 60)


def test_the_report_tells_what_probes_saw(session: Session) -> None:
    home = cooperative(session)
    assert home is not None
    before = draft_report(session, home=home, month=OCTOBER, instance="fr.example.coop", now=NEXT_WEEK)
    assert before.payload["availability"]["method"] == NOT_MEASURED
    for minute in range(-30, 1):
        look(session, minute, None if -12 < minute < -8 else 200)
    after = draft_report(session, home=home, month=OCTOBER, instance="fr.example.coop", now=LATE + EVERY)
    assert after.payload["availability"] == {
        "probes": 31,
        "down_seconds": 180,
        "incidents": 1,
        "incident_minutes": 3,
        "method": AVAILABILITY_METHOD,
    }
    assert after.content == before.content  # who reads a month under way may still sign it a minute later
