"""Statistical disclosure control: which figures of a month may be published without revealing one shop's turnover.

A *cell* is a published sum; its *column* is what each shop adds to it, in the same order of shops for every cell.
Source of the rules: the p%-rule and complementary suppression as official statistics practise them (A. Hundepool et
al., *Statistical Disclosure Control*, chapter 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from coopcircuits.money import HALF_EVEN, rounded

MIN_SHOPS = 5
P_PERCENT = 15
#: Steps of publication, in whole currency units.
SALES_STEP = 100
CONTRIBUTION_STEP = 1

Column = Sequence[int]


class Hidden(StrEnum):
    """Why a cell is not published."""

    FEW = "fewer-than-five"
    DOMINATED = "p-percent"
    COMPLEMENTARY = "complementary"


def unsafe(amounts: Iterable[int]) -> Hidden | None:
    """Why the sum of these amounts must not be known, ``None`` if it may.

    At least five shops must add to it, and the total less the two largest must reach 15 % of the largest: otherwise
    the second largest, subtracting itself, knows the largest within 15 %. Sizes count, not signs. A sum to which no
    shop adds anything is safe: it says nothing about anyone.
    """
    sizes = sorted((abs(amount) for amount in amounts if amount), reverse=True)
    return unsafe_sizes(len(sizes), sum(sizes), *sizes[:2])


def unsafe_sizes(count: int, total: int, largest: int = 0, second: int = 0) -> Hidden | None:
    """The same, where only the number, the sum and the two largest of the sizes that are not 0 are known."""
    if not count:
        return None
    if count < MIN_SHOPS:
        return Hidden.FEW
    return Hidden.DOMINATED if 100 * (total - largest - second) < P_PERCENT * largest else None


def first_reasons(columns: Mapping[str, Column]) -> dict[str, Hidden]:
    """The cells that are unsafe by themselves, with their reason."""
    return {cell: reason for cell, column in columns.items() if (reason := unsafe(column)) is not None}


def complete(
    columns: Mapping[str, Column], relation: Mapping[str, int], hidden: Mapping[str, Hidden]
) -> dict[str, Hidden]:
    """Hide more cells of ``relation`` until subtraction reveals nothing unsafe, or nothing of it is shown.

    ``relation`` gives the sign of each cell in a sum that every reader knows, so the signed sum of the hidden cells
    can be derived and must itself be safe. One small further cell is preferred; several are added largest first.
    """
    result = dict(hidden)
    while unsafe(signed_sums(columns, relation, result)) is not None:
        open_cells = sorted(
            (cell for cell in relation if cell not in result and any(columns[cell])),
            key=lambda cell: (sum(map(abs, columns[cell])), cell),
        )
        if not open_cells:
            break
        enough = (cell for cell in open_cells if unsafe(signed_sums(columns, relation, {*result, cell})) is None)
        result[next(enough, open_cells[-1])] = Hidden.COMPLEMENTARY
    return result


def signed_sums(columns: Mapping[str, Column], relation: Mapping[str, int], cells: Iterable[str]) -> list[int]:
    """Shop by shop, the signed sum of those ``cells`` that belong to the relation."""
    inside = [(relation[cell], columns[cell]) for cell in cells if cell in relation]
    signs = [sign for sign, _ in inside]
    rows = zip(*(column for _, column in inside), strict=True)
    return [sum(sign * amount for sign, amount in zip(signs, row, strict=True)) for row in rows]


def round_to(amount: int, step: int) -> int:
    """``amount`` rounded half-even to a multiple of ``step``, both in minor units."""
    return rounded(Fraction(amount, step), HALF_EVEN) * step


def band(amount: int, unit: int) -> tuple[int, int]:
    """The band (from, to) that stands for a total that cannot be published, in minor units; ``to`` is exclusive.

    ``unit`` is one currency unit in minor units. Bounds are 0, 1, 5, 20, 100, 500, 2,000, 10,000 … thousand units.
    The first band also holds what is below zero, which counts as zero in every key.
    """
    low, high = 0, 1000 * unit
    for factor in _factors():
        if amount < high:
            break
        low, high = high, high * factor
    return low, high


def is_band(low: int, high: int, unit: int) -> bool:
    """Whether (low, high) is a band of the ladder of :func:`band`."""
    return low < high and band(low, unit) == (low, high)


def _factors() -> Iterable[int]:
    """Steps of the ladder: ×5, then ×4, ×5, ×5 again and again (1, 5, 20, 100, 500, 2,000 …)."""
    yield 5
    while True:
        yield from (4, 5, 5)
