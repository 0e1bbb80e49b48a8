"""How long the money lasts, worked by hand."""

import pytest

from billing.treasury.runway import Position, position

#: Money spent by month: 12 months and one more before them, September without any.
SPENDING = {
    "2025-09": 999_900,
    "2025-10": 30_000,
    "2025-11": 30_000,
    "2025-12": 42_000,
    "2026-01": 30_000,
    "2026-02": 30_000,
    "2026-03": 0,  # only work was given
    "2026-04": 30_000,
    "2026-05": 30_000,
    "2026-06": 30_000,
    "2026-07": 30_000,
    "2026-08": 30_000,
    "2026-10": 48_000,
    "2026-11": 999_900,
}


def at(period: str, amount: int, currency: str = "EUR") -> Position:
    return position(period, amount, spending=SPENDING, currency=currency)


def test_cash_is_divided_by_the_mean_of_twelve_months() -> None:
    found = at("2026-10", 345_012)
    # November to October: 300 eight times, 420, 480, nothing in March and September
    assert sum(found.months) == 30_000 * 8 + 42_000 + 48_000 == 330_000
    assert (found.cash, len(found.months), found.a_month) == (350_000, 12, 27_500)
    assert found.runway == 127  # 3,500 ÷ 275 = 12.73 months


def test_a_small_line_is_no_whole_month_of_spending_and_months_without_any_are_not_left_out() -> None:
    spending = {"2026-06": 60_000, "2026-10": 600}
    found = position("2026-10", 200_000, spending=spending, currency="EUR")
    assert list(found.months) == [60_000, 0, 0, 0, 600]
    assert found.runway == 165  # 2,000 ÷ (606 ÷ 5) = 16.50 months
    assert position("2027-06", 200_000, spending=spending, currency="EUR").runway == 40_000  # without June 2026


def test_fewer_months_serve_where_fewer_are_known() -> None:
    found = at("2025-11", 500_000)
    assert (len(found.months), found.a_month) == (3, 353_300)
    assert found.runway == 14  # 5,000 ÷ 3,533 = 1.415 months


@pytest.mark.parametrize(("amount", "runway"), [(-1, 0), (-250_000, 0), (0, 0), (4_999, 0), (5_001, 3)])
def test_nothing_lasts_no_time_at_all(amount: int, runway: int) -> None:
    assert at("2026-10", amount).runway == runway


def test_nothing_spent_is_no_runway() -> None:
    assert at("2025-08", 500_000).runway is None
    assert position("2026-03", 500_000, spending={"2026-03": 0}, currency="EUR").runway is None


@pytest.mark.parametrize(
    ("amount", "currency", "published"),
    [(5_000, "EUR", 0), (15_000, "EUR", 20_000), (-26_000, "EUR", -30_000), (151, "JPY", 200), (12_345, "EUR", 10_000)],
)
def test_cash_is_published_in_hundreds_halves_to_the_even_one(amount: int, currency: str, published: int) -> None:
    assert at("2026-10", amount, currency).cash == published
