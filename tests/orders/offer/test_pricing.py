"""A price is the producer's price plus what each fee adds to one unit."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from orders.offer.pricing import FeeRule, price_of
from shops.fee.models import Calculator, FeeKind

PERCENTS = st.builds(
    FeeRule,
    fee_id=st.integers(1, 99),
    name=st.just("Frais de vente"),
    kind=st.just(FeeKind.SALES),
    calculator=st.just(Calculator.PERCENT_PER_ITEM),
    value=st.integers(0, 10_000),
)
FLATS = st.builds(
    FeeRule,
    fee_id=st.integers(1, 99),
    name=st.just("Emballage"),
    kind=st.just(FeeKind.PACKING),
    calculator=st.just(Calculator.FLAT_PER_ITEM),
    value=st.integers(0, 10_000),
)
BASES = st.integers(0, 1_000_000)


def percent(value: int) -> FeeRule:
    return FeeRule(1, "Frais", FeeKind.SALES, Calculator.PERCENT_PER_ITEM, value)


def test_a_percentage_is_rounded_half_up_for_one_unit() -> None:
    assert price_of(390, [percent(500)]).total == 390 + 20  # 19,5
    assert price_of(389, [percent(500)]).total == 389 + 19  # 19,45
    assert price_of(1, [percent(4_999)]).total == 1


@given(BASES, st.lists(PERCENTS | FLATS, max_size=6))
def test_every_cent_of_the_price_goes_somewhere(base: int, rules: list[FeeRule]) -> None:
    price = price_of(base, rules)
    assert price.total == base + sum(entry["amount"] for entry in price.fees)
    assert price.total >= base
    assert [entry["fee_id"] for entry in price.fees] == [rule.fee_id for rule in rules]


@given(BASES, PERCENTS)
def test_a_percentage_is_the_one_that_a_calculator_gives(base: int, rule: FeeRule) -> None:
    exact = Decimal(base) * rule.value / 10_000
    assert price_of(base, [rule]).total - base == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(BASES, st.lists(PERCENTS | FLATS, max_size=6))
def test_the_order_of_fees_does_not_matter(base: int, rules: list[FeeRule]) -> None:
    shuffled = sorted(rules, key=lambda rule: (rule.value, rule.fee_id))
    assert price_of(base, rules).total == price_of(base, shuffled).total


@given(BASES, FLATS, PERCENTS)
def test_a_percentage_is_of_the_producer_s_price_not_of_other_fees(base: int, flat: FeeRule, rule: FeeRule) -> None:
    assert price_of(base, [flat, rule]).total - base == flat.value + price_of(base, [rule]).total - base
