"""Numbers of legal documents: 1..n whatever fails, on both databases."""

import random
import threading
from datetime import date

from sqlalchemy.orm import Session

from coopcircuits.db import Database
from coopcircuits.document.models import Counter
from coopcircuits.document.numbering import Number, last_numbers, take_number

DAY = date(2026, 11, 3)


class Failure(Exception):
    """What stops an issue in the middle."""


def test_numbers_begin_at_one_in_each_series_of_each_seller(session: Session) -> None:
    def take(seller: str, series: str) -> str:
        return str(take_number(session, seller=seller, series=series, day=DAY))

    assert [take("cooperative", "F2026") for _ in range(3)] == ["F2026-0001", "F2026-0002", "F2026-0003"]
    assert take("cooperative", "F2027") == "F2027-0001"
    assert take("enterprise:12", "F2026") == "F2026-0001"
    assert last_numbers(session, seller="cooperative") == {"F2026": 3, "F2027": 1}
    assert str(Number("F2026", 12_345, DAY)) == "F2026-12345"


def test_dates_never_go_back_even_if_another_machines_clock_is_ahead(session: Session) -> None:
    days = [date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 4), date(2026, 11, 6)]
    given = [take_number(session, seller="cooperative", series="F2026", day=day).day for day in days]
    assert given == [days[0], days[1], days[1], days[3]]


def test_a_number_of_a_failed_issue_goes_to_the_next_one(database: Database) -> None:
    for fails in (False, True, True, False):
        try:
            with database.transaction() as session:
                take_number(session, seller="cooperative", series="F2026", day=DAY)
                if fails:
                    raise Failure
        except Failure:
            pass
    with database.reading() as session:
        assert last_numbers(session, seller="cooperative") == {"F2026": 2}


def test_two_hundred_issues_at_once_of_which_a_third_fail_leave_no_hole(database: Database) -> None:
    """Twenty tills issue ten documents each, all at the same time; 30 % are rolled back after taking a number."""
    lock = threading.Lock()
    failing = random.Random(7).sample(range(200), 60)  # noqa: S311 - which ones fail is no secret
    kept: list[int] = []
    surprises: list[BaseException] = []

    def issue(which: int) -> None:
        try:
            with database.transaction() as session:
                number = take_number(session, seller="cooperative", series="F2026", day=DAY)
                if which in failing:
                    raise Failure
            with lock:
                kept.append(number.sequence)
        except Failure:
            pass

    def work(mine: range) -> None:
        try:
            for which in mine:
                issue(which)
        except BaseException as error:  # a thread's failure would pass unseen
            surprises.append(error)

    threads = [threading.Thread(target=work, args=(range(start, 200, 20),)) for start in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert surprises == []
    assert sorted(kept) == list(range(1, 141))
    with database.reading() as session:
        assert session.get_one(Counter, ("cooperative", "F2026")).last == 140
