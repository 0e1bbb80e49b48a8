import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.commons.suppression import Hidden, band, complete, is_band, round_to, signed_sums, unsafe

amounts = st.lists(st.integers(0, 10**7), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([], None),
        ([0, 0, 0], None),
        ([100], Hidden.FEW),
        ([100, 100, 100, 100, 0, 0], Hidden.FEW),
        ([100, 100, 100, 100, 100], None),
        ([100, 50, 5, 5, 5], None),  # the three others make exactly 15 % of the largest
        ([100, 50, 5, 5, 4], Hidden.DOMINATED),
        ([-100, 50, 5, 5, 4], Hidden.DOMINATED),
        ([10_000, 1, 1, 1, 1, 1], Hidden.DOMINATED),
    ],
)
def test_when_a_sum_may_be_known(column: list[int], reason: Hidden | None) -> None:
    assert unsafe(column) is reason


@settings(max_examples=200, deadline=None)
@given(amounts)
def test_no_shop_finds_another_within_fifteen_percent_of_a_published_sum(column: list[int]) -> None:
    if unsafe(column) is not None:
        return
    for attacker, own in enumerate(column):
        for victim, amount in enumerate(column):
            if attacker != victim and amount:
                assert 100 * (sum(column) - own - amount) >= 15 * amount


def test_hiding_one_of_two_hides_the_other() -> None:
    columns = {"percent": [500] * 20 + [0] * 3, "exempt": [0] * 20 + [400, 300, 200], "voluntary": [0] * 23}
    relation = dict.fromkeys(columns, 1)
    assert complete(columns, relation, {"exempt": Hidden.FEW}) == {
        "exempt": Hidden.FEW,
        "percent": Hidden.COMPLEMENTARY,
    }


def test_the_smallest_partner_that_is_enough_is_hidden() -> None:
    columns = {
        "tiny": [1] * 10 + [0] * 20 + [0, 0],
        "fair": [0] * 10 + [90] * 10 + [0] * 12,
        "large": [0] * 20 + [900] * 10 + [0, 0],
        "exempt": [0] * 30 + [400, 300],
    }
    hidden = complete(columns, dict.fromkeys(columns, 1), {"exempt": Hidden.FEW})
    assert set(hidden) == {"exempt", "fair"}


def test_nothing_hidden_hides_nothing() -> None:
    assert complete({"a": [1] * 9, "b": [2] * 9}, {"a": 1, "b": -1}, {}) == {}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(5, 12).flatmap(
        lambda n: st.lists(st.lists(st.integers(0, 10**6), min_size=n, max_size=n), min_size=4, max_size=4)
    )
)
def test_subtraction_reveals_nothing_unless_the_total_itself_does(rows: list[list[int]]) -> None:
    columns = dict(zip("abcd", rows, strict=True))
    relation = {"a": 1, "b": -1, "c": -1, "d": -1}
    own = {cell: reason for cell, column in columns.items() if (reason := unsafe(column))}
    hidden = complete(columns, relation, own)
    assert own.items() <= hidden.items()
    if unsafe(signed_sums(columns, relation, relation)) is None:
        assert unsafe(signed_sums(columns, relation, hidden)) is None


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (-5_000_000, (0, 100_000)),
        (0, (0, 100_000)),
        (99_999, (0, 100_000)),
        (100_000, (100_000, 500_000)),
        (500_000, (500_000, 2_000_000)),
        (9_999_999, (2_000_000, 10_000_000)),
        (10_000_000, (10_000_000, 50_000_000)),
    ],
)
def test_bands(amount: int, expected: tuple[int, int]) -> None:
    assert band(amount, 100) == expected
    assert is_band(*expected, 100)


@pytest.mark.parametrize("wrong", [(0, 500_000), (100_000, 100_000), (1, 100_000), (500_000, 100_000)])
def test_other_intervals_are_no_bands(wrong: tuple[int, int]) -> None:
    assert not is_band(*wrong, 100)


@pytest.mark.parametrize(
    ("amount", "rounded"), [(4_999, 0), (5_000, 0), (15_000, 20_000), (-5_001, -10_000), (-5_000, 0), (12_345, 10_000)]
)
def test_rounding_is_half_even_to_the_step(amount: int, rounded: int) -> None:
    assert round_to(amount, 10_000) == rounded
