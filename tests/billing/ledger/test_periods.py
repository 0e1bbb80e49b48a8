"""Days that are open, and periods in the order in which they end."""

from datetime import date

from billing.ledger.periods import due_periods, first_open_day


def test_a_month_stays_open_until_the_next_one_ends() -> None:
    assert first_open_day(date(2026, 11, 30)) == date(2026, 10, 1)
    assert first_open_day(date(2026, 12, 1)) == date(2026, 11, 1)
    assert first_open_day(date(2027, 1, 31)) == date(2026, 12, 1)


def test_days_months_and_years_close_in_the_order_in_which_they_end() -> None:
    days = [date(2026, 10, 30), date(2026, 11, 3), date(2026, 12, 31)]
    assert [period for _kind, period in due_periods(days, last=None, done=(), today=date(2027, 1, 1))] == [
        "2026-10-30",
        "2026-10",
        "2026-11-03",
        "2026-11",
        "2026-12-31",
        "2026-12",
        "2026",
    ]


def test_a_month_is_closed_when_it_is_over_though_nothing_follows() -> None:
    last = date(2026, 11, 30)
    assert list(due_periods([], last=last, done={"2026-11-30"}, today=date(2026, 11, 30))) == []
    assert [str(period) for _, period in due_periods([], last=last, done={"2026-11-30"}, today=date(2026, 12, 1))] == [
        "2026-11"
    ]
    assert list(due_periods([], last=last, done={"2026-11-30", "2026-11"}, today=date(2026, 12, 31))) == []
    after = due_periods([], last=last, done={"2026-11-30", "2026-11"}, today=date(2027, 1, 4))
    assert [period for _kind, period in after] == ["2026"]


def test_nothing_entered_needs_no_closing() -> None:
    assert list(due_periods([], last=None, done=(), today=date(2026, 11, 30))) == []
