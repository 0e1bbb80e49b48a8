"""Splitting a budget: examples worked by hand, and what must hold of every key on random cases.

Ten thousand more are those of docs/trust.md, see test_trust.py.
"""

from dataclasses import replace
from fractions import Fraction

from billing.commons.shares import Share, Stake, solve, split, tie_break
from billing.commons.sharing_key import Kind
from billing.commons.simulation.cases import KEYS, PERIOD, cases


def paid(shares: list[Share]) -> dict[str, int]:
    return {share.instance: share.share for share in shares}


def stake(name: str, turnover: int = 0, income: int = 0, group: str | None = None) -> Stake:
    return Stake(f"{name}.example.coop", turnover, income, group)


# ---------------------------------------------------------------- worked by hand


def test_equal() -> None:
    shares, uncovered = split(KEYS[Kind.EQUAL], [stake("a"), stake("b"), stake("c"), stake("d")], 100_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([25_000] * 4, 0)


def test_the_odd_cent_goes_where_the_draw_of_the_month_says() -> None:
    three = [stake("a"), stake("b"), stake("c")]
    for period in ("2026-10", "2026-11", "2026-12", "2027-01", "2027-02"):
        shares, _ = split(KEYS[Kind.EQUAL], three, 100, period)
        lucky = min(three, key=lambda one: tie_break(period, one.instance)).instance
        assert {share.instance for share in shares if share.share == 34} == {lucky}
    assert len({tie_break(f"2026-{number:02d}", "a.example.coop") for number in range(1, 13)}) == 12


def test_proportional() -> None:
    shares, uncovered = split(KEYS[Kind.PROPORTIONAL], [stake("a", 300), stake("b", 100), stake("c")], 1_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([750, 250, 0], 0)


def test_capacity_leaves_a_gap() -> None:
    # A fifth of a year's 120,000 EUR is 24,000 EUR, a twelfth of it 2,000 EUR.
    shares, uncovered = split(KEYS[Kind.CAPACITY], [stake("a", income=12_000_000), stake("b")], 500_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([200_000, 0], 300_000)


def test_capacity_beyond_the_budget_is_lowered_for_all_alike() -> None:
    stakes = [stake("a", income=12_000_000), stake("b", income=6_000_000)]
    shares, uncovered = split(KEYS[Kind.CAPACITY], stakes, 150_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([100_000, 50_000], 0)


def test_tiers_are_prices() -> None:
    stakes = [stake("a", group="core"), stake("b", group="basic"), stake("c", group="start")]
    shares, uncovered = split(KEYS[Kind.TIERS], stakes, 400_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([250_000, 50_000, 10_000], 90_000)


def test_flat() -> None:
    # One percent of a year's 1,200,000 EUR is 12,000 EUR, 1,000 EUR a month.
    shares, uncovered = split(KEYS[Kind.FLAT], [stake("a", 120_000_000)], 250_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([100_000], 150_000)


def test_floor_and_cap() -> None:
    stakes = [stake("a", 900_000, 10**9), stake("b", 100_000, 3_000_000), stake("c", 0, 10**9)]
    # c pays its floor of 50 EUR. b would pay a tenth of the other 9,950 EUR, 995 EUR; its cap is 400 per mille of
    # 30,000 EUR over twelve months, 1,000 EUR.
    shares, uncovered = split(KEYS[Kind.FLOOR_CAP], stakes, 1_000_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([895_500, 99_500, 5_000], 0)
    poorer = [stakes[0], replace(stakes[1], income=1_500_000), stakes[2]]
    shares, _ = split(KEYS[Kind.FLOOR_CAP], poorer, 1_000_000, PERIOD)
    assert [share.share for share in shares] == [945_000, 50_000, 5_000]


def test_hybrid() -> None:
    # A quarter of 1,000 EUR in two equal parts, 125 EUR each; three quarters by turnover, 3 to 1.
    shares, uncovered = split(KEYS[Kind.HYBRID], [stake("a", 3_000, 10**9), stake("b", 1_000, 10**9)], 100_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([68_750, 31_250], 0)


def test_what_all_caps_do_not_reach_stays_uncovered() -> None:
    stakes = [stake("a", 3_000, 300_000), stake("b", 1_000, 150_000)]
    shares, uncovered = split(KEYS[Kind.HYBRID], stakes, 100_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([10_000, 5_000], 85_000)


def test_airport() -> None:
    # 1,000 EUR: 500 for hosting among three, 300 for weekly deploys among two, 200 for the law of one.
    stakes = [stake("a", group="law"), stake("b", group="weekly"), stake("c", group="hosting")]
    shares, uncovered = split(KEYS[Kind.AIRPORT], stakes, 90_000, PERIOD)
    assert ([share.share for share in shares], uncovered) == ([15_000 + 13_500 + 18_000, 28_500, 15_000], 0)


def test_a_level_nobody_needs_is_paid_by_nobody() -> None:
    shares, uncovered = split(KEYS[Kind.AIRPORT], [stake("a", group="weekly")], 100_000, PERIOD)
    assert (shares[0].share, uncovered) == (80_000, 20_000)


def test_floors_beyond_the_budget_are_lowered_alike() -> None:
    assert solve(30, [1, 1], [40, 20], [None, None]) == [Fraction(20), Fraction(10)]


def test_nobody_sells_anything() -> None:
    stakes = [stake("a"), stake("b")]
    assert split(KEYS[Kind.PROPORTIONAL], stakes, 1_000, PERIOD)[1] == 1_000
    assert split(KEYS[Kind.HYBRID], stakes, 1_000, PERIOD)[1] == 1_000  # no income, so every cap is 0


# ---------------------------------------------------------------- what must hold of any case


def test_equal_instances_pay_the_same_up_to_a_cent() -> None:
    for rule, stakes, budget in cases(7, 1_500):
        twin = replace(stakes[0], instance="twin.example.coop")
        shares = paid(split(rule, [*stakes, twin], budget, PERIOD)[0])
        assert abs(shares[twin.instance] - shares[stakes[0].instance]) <= 1, (rule.kind, rule.rule, stakes, budget)


def test_who_sells_more_never_pays_less() -> None:
    for rule, stakes, budget in cases(8, 1_500):
        more = replace(stakes[0], turnover=stakes[0].turnover * 3 // 2 + 1_000)
        before = paid(split(rule, stakes, budget, PERIOD)[0])[more.instance]
        after = paid(split(rule, [more, *stakes[1:]], budget, PERIOD)[0])[more.instance]
        assert after >= before - 1, (rule.kind, rule.rule, stakes, budget)


def test_an_instance_cut_in_two_pays_the_same_under_pure_proportional() -> None:
    for _rule, stakes, budget in cases(9, 1_500):
        half = stakes[0].turnover // 2
        parts = [
            replace(stakes[0], instance="one.example.coop", turnover=half),
            replace(stakes[0], instance="two.example.coop", turnover=stakes[0].turnover - half),
        ]
        whole = paid(split(KEYS[Kind.PROPORTIONAL], stakes, budget, PERIOD)[0])
        cut = paid(split(KEYS[Kind.PROPORTIONAL], [*parts, *stakes[1:]], budget, PERIOD)[0])
        together = sum(cut[part.instance] for part in parts)
        assert abs(together - whole[stakes[0].instance]) <= 2, (stakes, budget)


def test_a_newcomer_raises_nobody() -> None:
    for rule, stakes, budget in cases(10, 3_000):
        if rule.kind not in (Kind.EQUAL, Kind.PROPORTIONAL):
            continue
        before = paid(split(rule, stakes, budget, PERIOD)[0])
        if sum(before.values()) < budget:
            continue  # nobody sold anything: there is nothing to be proportional to
        after = paid(split(rule, [*stakes, stake("new", 10_000, 1_000)], budget, PERIOD)[0])
        assert all(after[name] <= before[name] + 1 for name in before), (rule.kind, stakes, budget)


def test_without_turnover_the_floor_is_all() -> None:
    for rule, stakes, budget in cases(11, 3_000):
        if rule.kind is not Kind.FLOOR_CAP:
            continue
        idle = stake("idle", 0, 10**7)
        shares, _ = split(rule, [*stakes, idle], budget, PERIOD)
        mine = next(share for share in shares if share.instance == idle.instance)
        assert mine.share <= mine.floor, (rule.rule, stakes, budget)
