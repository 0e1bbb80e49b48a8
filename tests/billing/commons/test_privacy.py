"""A shop that knows its own figures attacks what instances publish; and the attack is one that would find leaks."""

import pytest

from billing.commons import disclosure, suppression
from billing.commons.simulation.privacy import Findings, attack


@pytest.fixture(scope="module")
def found() -> Findings:
    return attack(instances=100, months=24, seed=1)


def test_no_shop_is_found_inside_a_month(found: Findings) -> None:
    assert found.found_inside == 0
    assert found.sums_tried > 20_000


def test_less_than_one_shop_month_in_a_hundred_is_found_between_months(found: Findings) -> None:
    assert found.differences_tried > 500
    assert found.per_100_000 < 1_000
    assert found.found_between > 0  # by luck: nobody can prevent that some guess is right


def test_enough_is_published_to_be_worth_attacking(found: Findings) -> None:
    assert found.cells > 2 * found.hidden_cells


def test_the_same_seed_finds_the_same(found: Findings) -> None:
    assert attack(instances=3, months=12, seed=5) == attack(instances=3, months=12, seed=5)


@pytest.mark.parametrize(
    ("where", "name", "weak"),
    [
        (suppression, "P_PERCENT", 0),
        (disclosure, "complete", lambda _columns, _relation, hidden: dict(hidden)),
        (disclosure, "_PERCENT_CELLS", ()),
        (disclosure, "hides_income", lambda _hidden: False),
        (disclosure, "band", lambda amount, _unit: (amount, amount + 1)),
    ],
    ids=[
        "without the p%-rule",
        "without complements",
        "contributions apart from sales",
        "cash always told",
        "exact bands",
    ],
)
def test_the_attack_finds_what_a_weaker_rule_leaks(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, weak: object
) -> None:
    monkeypatch.setattr(where, name, weak)
    assert attack(instances=30, months=14, seed=2).found_inside > 0
