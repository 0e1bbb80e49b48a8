"""Sums and taxes never lose a cent."""

from hypothesis import given
from hypothesis import strategies as some

from coopcircuits.money import NOTHING, TaxedMoney
from orders.order.amounts import difference, spread, work_out

RATES = some.sampled_from([0, 210, 550, 1000, 2000])
LINES = some.lists(some.tuples(some.integers(0, 500_000), RATES), min_size=1, max_size=12)


def test_delivery_follows_the_rates_of_the_goods() -> None:
    amounts = work_out([(7500, 550), (2500, 2000)], 400)
    assert amounts.total == 10_400
    assert amounts.taxes == {
        550: TaxedMoney.from_gross(7500, 550) + TaxedMoney.from_gross(300, 550),
        2000: TaxedMoney.from_gross(2500, 2000) + TaxedMoney.from_gross(100, 2000),
    }


def test_delivery_of_free_goods_still_has_a_rate() -> None:
    assert sum(part.gross for part in work_out([(0, 550), (0, 2000)], 301).taxes.values()) == 301


@given(LINES, some.integers(0, 5_000))
def test_what_the_rates_come_to_is_the_total(lines: list[tuple[int, int]], fee: int) -> None:
    amounts = work_out(lines, fee)
    assert sum(part.gross for part in amounts.taxes.values()) == amounts.total
    assert amounts.total == sum(total for total, _ in lines) + fee


@given(LINES, LINES, some.integers(0, 5_000))
def test_a_change_is_the_way_from_one_to_the_other(
    before: list[tuple[int, int]], after: list[tuple[int, int]], fee: int
) -> None:
    old, new = work_out(before, fee).taxes, work_out(after, fee).taxes
    moved = difference(new, old)
    assert {r: old.get(r, NOTHING) + moved.get(r, NOTHING) for r in {*old, *new}} == {
        r: new.get(r, NOTHING) for r in {*old, *new}
    }


@given(LINES.filter(lambda lines: sum(total for total, _ in lines) > 0), some.integers(1, 100_000))
def test_a_refund_is_spread_to_the_cent(lines: list[tuple[int, int]], amount: int) -> None:
    parts = spread(amount, work_out(lines, 0).taxes)
    assert sum(part.gross for part in parts.values()) == amount
