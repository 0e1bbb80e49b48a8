"""Who pays what: a budget split by a key of sharing, in exact fractions, then rounded to the cent.

Whatever the key, the shares and what nobody covers add up to the budget.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from billing.commons.sharing_key import MONTHS_A_YEAR, Kind, SharingKey
from coopcircuits.money import allocate

#: Per mille of a year's income, as a month's amount.
_YEARLY = 1000 * MONTHS_A_YEAR


@dataclass(frozen=True)
class Stake:
    """What an instance brings into the calculation: turnover and platform income of twelve months, in EUR cents."""

    instance: str
    turnover: int
    income: int
    group: str | None = None


@dataclass(frozen=True)
class Share:
    """What an instance pays for a month, in EUR cents, and the bounds it was drawn between."""

    instance: str
    share: int
    floor: int
    cap: int | None


def split(key: SharingKey, stakes: Sequence[Stake], budget: int, period: str) -> tuple[list[Share], int]:
    """Shares of a month's ``budget`` (EUR cents), sorted by instance, and what remains uncovered.

    The order of ``stakes`` does not matter.
    """
    stakes = sorted(stakes, key=lambda stake: stake.instance)
    floors, caps = _bounds(key, stakes)
    exact = _exact(key, stakes, budget, floors, caps)
    cents = to_cents(exact, [tie_break(period, stake.instance) for stake in stakes])
    shares = [Share(*row) for row in zip((stake.instance for stake in stakes), cents, floors, caps, strict=True)]
    return shares, budget - sum(cents)


def solve(budget: int, weights: Sequence[int], floors: Sequence[int], caps: Sequence[int | None]) -> list[Fraction]:
    """Exact shares ``clamp(lambda × weight, floor, cap)`` with lambda such that they add up to ``budget``.

    Where the caps do not reach the budget everybody pays their cap; where the floors exceed it, everybody pays the same
    part of their floor. The sum grows with lambda in straight pieces, so walking along their sorted ends finds it.
    """
    lowest = sum(floors)
    if lowest > budget:
        return [Fraction(budget * floor, lowest) for floor in floors]
    bends: list[tuple[Fraction, int, int]] = []
    for weight, floor, cap in zip(weights, floors, caps, strict=True):
        if weight:
            bends.append((Fraction(floor, weight), weight, -floor))
            if cap is not None:
                bends.append((Fraction(cap, weight), -weight, cap))
    bends.sort()
    fixed, slope, factor = lowest, 0, None
    for at, steeper, settled in bends:
        if fixed + slope * at >= budget:
            break
        fixed, slope, factor = fixed + settled, slope + steeper, at
    if slope:
        factor = Fraction(budget - fixed, slope)
    if factor is None:
        return [Fraction(floor) for floor in floors]
    return [_clamp(factor * weight, floor, cap) for weight, floor, cap in zip(weights, floors, caps, strict=True)]


def to_cents(exact: Sequence[Fraction], order: Sequence[str]) -> list[int]:
    """Round shares whose sum is whole, by the largest remainder; equal remainders: the lower ``order`` first."""
    cents = [share.numerator // share.denominator for share in exact]
    rests = [share - whole for share, whole in zip(exact, cents, strict=True)]
    left = int(sum(rests))
    for index in sorted(range(len(exact)), key=lambda i: (-rests[i], order[i]))[:left]:
        cents[index] += 1
    return cents


def tie_break(period: str, instance: str) -> str:
    """A number that favours nobody for ever: the SHA-256 of ``period|instance``."""
    return hashlib.sha256(f"{period}|{instance}".encode("ascii")).hexdigest()


def weights_of(key: SharingKey, stakes: Sequence[Stake]) -> list[int]:
    """What shares are proportional to, between their bounds, as whole numbers."""
    turnovers = [stake.turnover for stake in stakes]
    if key.kind is Kind.EQUAL:
        return [1] * len(stakes)
    if key.kind is not Kind.HYBRID:
        return turnovers
    # a/n + (1 - a) t/sum(t), multiplied by 1000 n sum(t).
    equal, whole = key.rule["equal_permille"], sum(turnovers)
    if not whole:
        return [equal] * len(stakes)
    return [equal * whole + (1000 - equal) * len(stakes) * turnover for turnover in turnovers]


def _bounds(key: SharingKey, stakes: Sequence[Stake]) -> tuple[list[int], list[int | None]]:
    """The least and the most that each instance pays, in whole cents; no cap is ``None``."""
    rule, no_floor = key.rule, [0] * len(stakes)
    if key.kind in (Kind.HYBRID, Kind.FLOOR_CAP):
        bounds = [rule["cap_permille"] * stake.income // _YEARLY for stake in stakes]
        return [min(rule["floor"], cap) for cap in bounds], [*bounds]
    if key.kind is Kind.CAPACITY:
        return no_floor, [rule["permille"] * stake.income // _YEARLY for stake in stakes]
    if key.kind is Kind.FLAT:
        return no_floor, [rule["permille"] * stake.turnover // _YEARLY for stake in stakes]
    if key.kind is Kind.TIERS:
        return no_floor, [rule["prices"][stake.group] for stake in stakes]
    return no_floor, [None] * len(stakes)


def _exact(
    key: SharingKey, stakes: Sequence[Stake], budget: int, floors: list[int], caps: list[int | None]
) -> list[Fraction]:
    if key.kind is Kind.AIRPORT:
        return _by_levels(key, stakes, budget)
    if key.kind in (Kind.CAPACITY, Kind.FLAT, Kind.TIERS):
        # What a rate or a price asks for is the cap; if all of it is too much, everybody pays the same part of it.
        return solve(budget, [cap or 0 for cap in caps], floors, caps)
    return solve(budget, weights_of(key, stakes), floors, caps)


def _by_levels(key: SharingKey, stakes: Sequence[Stake], budget: int) -> list[Fraction]:
    """Each level's cost, shared equally by those who need at least that level (the airport game's Shapley value:
    S. C. Littlechild, G. Owen, *A simple expression for the Shapley value in a special case*, 1973).
    """
    levels = key.rule["levels"]
    rank = {level["name"]: number for number, level in enumerate(levels)}
    ranks = [rank[stake.group or ""] for stake in stakes]
    costs = allocate(budget, [level["permille"] for level in levels])
    users = [sum(mine >= number for mine in ranks) for number in range(len(levels))]
    each = [Fraction(cost, count) if count else Fraction(0) for cost, count in zip(costs, users, strict=True)]
    up_to = list(accumulate(each))
    return [up_to[mine] for mine in ranks]


def _clamp(amount: Fraction, floor: int, cap: int | None) -> Fraction:
    raised = max(amount, Fraction(floor))
    return raised if cap is None else min(raised, Fraction(cap))
