import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.commons.cells import CONTRIBUTION_CELLS, INCOME, NET, SALES_CELLS, SCHEME_CELLS, SUPPRESSIBLE
from billing.commons.figures import Availability, Contribution, Cost, Figures, Sales, ShopMonth
from billing.commons.report import build, cell, validate
from billing.commons.suppression import unsafe
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.period import Month
from tests.billing.commons import sister
from tests.billing.commons.vectors.make import vectors

VECTORS = Path(__file__).parent / "vectors"


def hidden(payload: dict[str, Any]) -> dict[str, str]:
    return {entry["field"]: entry["reason"] for entry in payload["suppression"]}


def shop(scheme: str, net: int, **changes: Any) -> ShopMonth:
    return ShopMonth(scheme, Sales(gross=net), **changes)


@pytest.mark.parametrize("name", vectors())
def test_the_published_vectors_are_what_the_code_makes(name: str) -> None:
    assert json.loads((VECTORS / f"{name}.json").read_text("utf-8")) == vectors()[name]


def test_a_usual_month_is_published_whole() -> None:
    payload = sister.payload()
    assert validate(payload) == []
    assert (payload["suppression"], "bands" in payload) == ([], False)
    assert len(canonical_bytes(payload)) < 8 * 1024


def test_published_sales_are_rounded_and_still_add_up() -> None:
    payload = sister.payload()
    figures = [cell(payload, name) for name in (*SALES_CELLS, NET, *SCHEME_CELLS)]
    assert all(figure is not None and figure % 10_000 == 0 for figure in figures)
    gross, refunds, tax, deposits, net, *schemes = (figure or 0 for figure in figures)
    assert net == gross - refunds - tax - deposits == sum(schemes)
    raw = sum(month.sales.net_ex_tax for month in sister.shops())
    assert abs(net - raw) <= 3 * 4 * 5_000
    assert all((cell(payload, name) or 0) % 100 == 0 for name in CONTRIBUTION_CELLS)


def test_few_exempt_shops_are_not_found_by_subtraction() -> None:
    shops = [shop("percent", 50_000 + i, contributions={"percent": Contribution(invoiced=500)}) for i in range(20)]
    shops += [shop("exempt", 90_000), shop("exempt", 70_000)]
    payload = build(sister.figures(shops=shops, active_shops=22))
    assert hidden(payload)["turnover.by_scheme.exempt"] == "fewer-than-five"
    assert hidden(payload)["turnover.by_scheme.percent"] == "complementary"
    assert payload["turnover"]["by_scheme"] == {"percent": None, "voluntary": 0, "exempt": None}
    assert payload["turnover"]["net_ex_tax"] == 1_160_000
    assert all(f"contributions.percent.{name}" in hidden(payload) for name in ("invoiced", "credited", "collected"))


def test_percent_contributions_stay_hidden_when_they_are_invoiced_a_month_later() -> None:
    payload = build(sister.figures(hidden_last_month=["turnover.by_scheme.percent"]))
    assert payload["contributions"]["percent"]["invoiced"] is None
    assert payload["turnover"]["by_scheme"]["percent"] is not None


def test_a_revision_shows_nothing_that_an_earlier_one_hid() -> None:
    payload = build(sister.figures(hidden_before=["turnover.tax"]))
    assert payload["turnover"]["tax"] is None
    assert hidden(payload)["turnover.tax"] == "complementary"


@pytest.mark.parametrize(
    ("nets", "reason", "expected"),
    [
        ([300_000], "fewer-than-five", (100_000, 500_000)),
        ([300_000] * 4, "fewer-than-five", (500_000, 2_000_000)),
        ([9_000_000, 10_000, 10_000, 10_000, 10_000], "p-percent", (2_000_000, 10_000_000)),
    ],
)
def test_a_total_that_would_reveal_a_shop_becomes_a_band(
    nets: list[int], reason: str, expected: tuple[int, int]
) -> None:
    shops = [shop("percent", net, income_12m=net // 10) for net in nets]
    payload = build(sister.figures(shops=shops, active_shops=len(shops)))
    assert hidden(payload)[NET] == reason
    assert all(cell(payload, name) is None for name in (*SALES_CELLS, *SCHEME_CELLS, NET, INCOME))
    low, high = expected
    assert {"field": NET, "from": low, "to": high} in payload["bands"]
    assert validate(payload) == []


def test_a_month_of_refunds_is_negative() -> None:
    shops = [ShopMonth("percent", Sales(refunds=40_000 + i)) for i in range(12)]
    payload = build(sister.figures(shops=shops))
    assert payload["turnover"]["net_ex_tax"] == -480_000


def test_a_quiet_instance_reports_zeros() -> None:
    payload = build(sister.figures(shops=[], active_shops=0, orders_completed=0, shoppers=0))
    assert payload["turnover"]["net_ex_tax"] == 0
    assert payload["suppression"] == []


@pytest.mark.parametrize(("count", "published"), [(0, 0), (1, "<10"), (9, "<10"), (10, 10), (1904, 1904)])
def test_few_shoppers_are_not_counted_out(count: int, published: int | str) -> None:
    assert build(sister.figures(shoppers=count))["shoppers"]["distinct"] == published


def test_dead_coins_keep_two_digits() -> None:
    payload = build(sister.figures(currency="HUF", zone="Europe/Budapest"))
    assert payload["exponent"] == 2


sales = st.builds(Sales, *(st.integers(0, most) for most in (5_000_000, 500_000, 900_000, 90_000)))
contribution = st.builds(Contribution, *(st.integers(0, 50_000) for _ in range(4)))
months = st.lists(
    st.builds(
        ShopMonth,
        st.sampled_from(["percent", "percent", "voluntary", "exempt"]),
        sales,
        st.dictionaries(st.sampled_from(["percent", "voluntary", "other"]), contribution, max_size=2),
        st.integers(0, 400_000),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(months)
def test_any_month_gives_a_valid_report_whose_shown_figures_are_safe(shops: list[ShopMonth]) -> None:
    payload = build(sister.figures(shops=shops, active_shops=len(shops)))
    assert validate(payload) == []
    for scheme in ("percent", "voluntary", "exempt"):
        if cell(payload, f"turnover.by_scheme.{scheme}") is not None:
            assert unsafe(month.sales.net_ex_tax for month in shops if month.scheme == scheme) is None
    if cell(payload, NET) is not None:
        out_of_sight = {name.rpartition(".")[2] for name in SCHEME_CELLS if cell(payload, name) is None}
        assert unsafe(month.sales.net_ex_tax for month in shops if month.scheme in out_of_sight) is None
    assert set(hidden(payload)) == {name for name in SUPPRESSIBLE if cell(payload, name) is None}


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": 2},
        {"reason": "no revision"},
        {"instance": "FR.example.coop"},
        {"currency": "ZZZ"},
        {"registered_shops": 1},
        {"availability": Availability(down_seconds=3_000_000)},
        {"costs": [Cost("hosting", "local", "in_kind", 100)]},
        {"costs": [Cost("hosting", "local", "cash", 100, minutes=5, rate_ref="x")]},
        {"costs": [Cost("gifts", "local", "cash", 100)]},
    ],
)
def test_figures_that_cannot_be_published_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        build(sister.figures(**changes))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        shop("margin", 1)


def test_bands_stand_only_for_hidden_totals() -> None:
    payload = sister.payload()
    spare = payload | {"bands": [{"field": NET, "from": 0, "to": 100_000}]}
    assert [problem.field for problem in validate(spare)] == ["bands"]


def test_problems_name_the_field() -> None:
    payload = sister.payload()
    payload["costs"][0]["receipts"][0]["date"] = "3/10/2026"
    assert [str(problem) for problem in validate(payload)] == ["costs[0].receipts[0].date: malformed (YYYY-MM-DD)"]


def test_the_same_figures_give_the_same_bytes_in_any_order_of_shops() -> None:
    figures: Figures = sister.figures()
    other = replace(figures, shops=list(reversed(figures.shops)))
    assert canonical_bytes(build(figures)) == canonical_bytes(build(other))
    assert str(Month(2026, 10)) == build(figures)["period"]
