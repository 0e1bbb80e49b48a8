"""Money never loses a cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopcircuits import money
from coopcircuits.money import TaxedMoney

amounts = st.integers(-(10**12), 10**12)
rates = st.integers(0, 10_000)


@given(amounts, rates)
def test_splitting_a_gross_amount_keeps_every_cent(gross: int, rate_bp: int) -> None:
    split = TaxedMoney.from_gross(gross, rate_bp)
    assert split.net + split.tax == split.gross == gross


@given(amounts, rates)
def test_a_refund_is_the_mirror_of_its_sale(gross: int, rate_bp: int) -> None:
    assert TaxedMoney.from_gross(-gross, rate_bp) == -TaxedMoney.from_gross(gross, rate_bp)


def test_french_rates_on_a_ten_euro_basket() -> None:
    assert TaxedMoney.from_gross(1000, 550) == TaxedMoney(948, 52)
    assert TaxedMoney.from_gross(1000, 2000) == TaxedMoney(833, 167)
    assert TaxedMoney.from_net(4310, 2000) == TaxedMoney(4310, 862)


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_shares_add_up_and_stay_within_one_cent(total: int, weights: list[int]) -> None:
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(part - Fraction(total * weight, whole)) < 1 for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(("amount", "expected"), [("0.5", 1), ("1.5", 2), ("-0.5", -1), ("-1.5", -2), ("2.49", 2)])
def test_halves_round_away_from_zero(amount: str, expected: int) -> None:
    assert money.rounded(Decimal(amount)) == expected == money.rounded(Fraction(amount))


@pytest.mark.parametrize(("amount", "expected"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-1.5", -2), ("-2.5", -2)])
def test_conversions_round_halves_to_even(amount: str, expected: int) -> None:
    assert money.rounded(Decimal(amount), money.HALF_EVEN) == expected
    assert money.rounded(Fraction(amount), money.HALF_EVEN) == expected


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        money.to_minor(Decimal("1.005"), "EUR")
    assert money.to_minor(Decimal("1.005"), "TND") == 1005
