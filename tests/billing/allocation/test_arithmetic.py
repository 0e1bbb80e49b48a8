"""How a share came about, worked by hand for the kinds of keys that ask a price, a rate or a level."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from billing.allocation.arithmetic import Cost, arithmetic
from billing.commons.kinds import KINDS, rule_text
from billing.commons.shares import Stake, split
from billing.commons.sharing_key import Kind, read, rule_with
from coopcircuits import i18n
from tests.support.allocations import a_key

SMALL, LARGE = "a.example.coop", "b.example.coop"


@dataclass(frozen=True)
class Part:
    host: str
    turnover: int
    share: int
    floor: int
    cap: int | None


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with i18n.speaking("en"):
        yield


def lines(
    kind: Kind, budget: int, figures: dict[str, int], groups: dict[str, int], **of: str
) -> dict[str, list[tuple[str, str]]]:
    """The arithmetic of a small and a large instance: 12,000 and 120,000 EUR of sales, a tenth of it contributed."""
    payload = a_key(SMALL, LARGE, rule=rule_with(kind, figures, groups))
    for member in payload["members"]:
        member.update({name: list(groups)[member["instance"] == LARGE] for name in of.values()})
    key = read(payload)
    members = {member.instance: member.group for member in key.members}
    stakes = [
        Stake(SMALL, 1_200_000, 120_000, members[SMALL]),
        Stake(LARGE, 12_000_000, 1_200_000, members[LARGE]),
    ]
    shares, _uncovered = split(key, stakes, budget, "2026-10")
    cost = Cost(key, "2026-10", budget, sum(stake.turnover for stake in stakes))
    return {
        share.instance: arithmetic(cost, Part(share.instance, stake.turnover, share.share, share.floor, share.cap))
        for share, stake in zip(shares, stakes, strict=True)
    }


def test_a_rate_of_contributions_or_sales() -> None:
    found = lines(Kind.CAPACITY, 100_000, {"permille": 200}, {})
    assert found[LARGE] == [("20% of its contributions of twelve months, divided by twelve", "€200")]
    found = lines(Kind.FLAT, 100_000, {"permille": 10}, {})
    assert found[SMALL] == [("1% of its sales of twelve months (€12,000), divided by twelve", "€10")]


def test_a_price_and_what_is_given_back_of_it() -> None:
    found = lines(Kind.TIERS, 100_000, {}, {"small": 10_000, "large": 30_000}, group="tier")
    assert found[SMALL] == [("Price of the tier small", "€100")]
    found = lines(Kind.TIERS, 20_000, {}, {"small": 10_000, "large": 30_000}, group="tier")
    assert [amount for _text, amount in found[LARGE]] == ["€300", "−€150"]


def test_each_level_up_to_ones_own() -> None:
    found = lines(Kind.AIRPORT, 100_000, {}, {"hosting": 600, "weekly": 400}, group="level")
    assert found[SMALL] == [("Level hosting: 60% of €1,000, divided by 2", "€300")]
    assert [amount for _text, amount in found[LARGE]] == ["€300", "€400"]


def test_every_kind_says_its_rule() -> None:
    for kind, described in KINDS.items():
        figures = {ask.name: ask.first for ask in described.asks}
        payload = a_key(SMALL, rule=rule_with(kind, figures, described.groups.first if described.groups else {}))
        if described.groups:
            payload["members"][0]["tier" if kind is Kind.TIERS else "level"] = next(iter(described.groups.first))
        text = rule_text(read(payload))
        assert text.endswith(".")
        for ask in described.asks:
            assert ask.text(ask.first) in text
