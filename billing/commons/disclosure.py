"""What of a month's figures may be published: hidden cells, rounded cells, bands for hidden totals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing.commons.cells import (
    BANDED_CELLS,
    CONTRIBUTION_CELLS,
    CONTRIBUTIONS,
    INCOME,
    MEASURES,
    NET,
    SALES_CELLS,
    SALES_PARTS,
    SCHEME_CELLS,
    SCHEMES,
    SUPPRESSIBLE,
)
from billing.commons.figures import Contribution, Figures, Sales
from billing.commons.suppression import (
    CONTRIBUTION_STEP,
    SALES_STEP,
    Column,
    Hidden,
    band,
    complete,
    first_reasons,
    round_to,
    signed_sums,
    unsafe,
)

_SALES_RELATION = dict(zip(SALES_CELLS, (1, -1, -1, -1), strict=True))
_SCHEME_RELATION = dict.fromkeys(SCHEME_CELLS, 1)
# Readers derive a month's income from two successive ``income_12m``: invoiced less credited, over all kinds.
_INCOME_RELATION = {
    f"contributions.{kind}.{measure}": sign
    for kind in CONTRIBUTIONS
    for measure, sign in (("invoiced", 1), ("credited", -1))
}
_PERCENT_SALES = "turnover.by_scheme.percent"
_PERCENT_CELLS = tuple(f"contributions.percent.{measure}" for measure in MEASURES)


@dataclass(frozen=True)
class Disclosure:
    """Every suppressible cell as published (``None`` where hidden), why it is hidden, and bands (from, to)."""

    cells: Mapping[str, int | None]
    hidden: Mapping[str, Hidden]
    bands: Mapping[str, tuple[int, int]]


def disclose(figures: Figures, unit: int) -> Disclosure:
    """Decide on the raw figures, then round; ``unit`` is one currency unit in minor units."""
    columns = _columns(figures)
    hidden = _hidden_cells(figures, columns)
    return Disclosure(
        cells={cell: None if cell in hidden else figure for cell, figure in _rounded(figures, columns, unit).items()},
        hidden={cell: hidden[cell] for cell in SUPPRESSIBLE if cell in hidden},
        bands={cell: band(sum(columns[cell]), unit) for cell in BANDED_CELLS if cell in hidden},
    )


def hides_income(hidden: Iterable[str]) -> bool:
    """Whether something of what came in is among these hidden cells: the change of the cash would tell it."""
    return not {*CONTRIBUTION_CELLS, INCOME}.isdisjoint(hidden)


def _columns(figures: Figures) -> dict[str, Column]:
    """What each shop adds to each cell that may be suppressed."""
    shops = figures.shops
    columns: dict[str, Column] = {
        f"turnover.{part}": [getattr(shop.sales, part) for shop in shops] for part in (*SALES_PARTS, "net_ex_tax")
    }
    for scheme in SCHEMES:
        columns[f"turnover.by_scheme.{scheme}"] = [
            shop.sales.net_ex_tax if shop.scheme == scheme else 0 for shop in shops
        ]
    nothing = Contribution()
    for kind in CONTRIBUTIONS:
        for measure in MEASURES:
            columns[f"contributions.{kind}.{measure}"] = [
                getattr(shop.contributions.get(kind, nothing), measure) for shop in shops
            ]
    columns[INCOME] = [shop.income_12m for shop in shops]
    return columns


def _hidden_cells(figures: Figures, columns: Mapping[str, Column]) -> dict[str, Hidden]:
    hidden = dict.fromkeys(figures.hidden_before, Hidden.COMPLEMENTARY) | first_reasons(columns)
    if NET in hidden:
        hidden = dict.fromkeys((*SALES_CELLS, *SCHEME_CELLS), Hidden.COMPLEMENTARY) | hidden
    else:
        hidden = complete(columns, _SALES_RELATION, hidden)
        hidden = complete(columns, _SCHEME_RELATION, hidden)
    # A percent contribution times a hundred is turnover: hidden together, also when invoiced a month later.
    if _PERCENT_SALES in hidden or _PERCENT_SALES in figures.hidden_last_month:
        hidden = dict.fromkeys(_PERCENT_CELLS, Hidden.COMPLEMENTARY) | hidden
    if unsafe(signed_sums(columns, _INCOME_RELATION, _INCOME_RELATION)) is not None:
        return dict.fromkeys((*_INCOME_RELATION, INCOME), Hidden.COMPLEMENTARY) | hidden
    return complete(columns, _INCOME_RELATION, hidden)


def _rounded(figures: Figures, columns: Mapping[str, Column], unit: int) -> dict[str, int]:
    """Every cell, rounded; totals are sums of rounded parts, so that the identities hold on what is published."""
    cells = dict.fromkeys(SUPPRESSIBLE, 0)
    for scheme in SCHEMES:
        mine = [shop.sales for shop in figures.shops if shop.scheme == scheme]
        parts = Sales(
            *(round_to(sum(getattr(sales, part) for sales in mine), SALES_STEP * unit) for part in SALES_PARTS)
        )
        for part in (*SALES_PARTS, "net_ex_tax"):
            cells[f"turnover.{part}"] += getattr(parts, part)
        cells[f"turnover.by_scheme.{scheme}"] = parts.net_ex_tax
    for cell in CONTRIBUTION_CELLS:
        cells[cell] = round_to(sum(columns[cell]), CONTRIBUTION_STEP * unit)
    # As coarse as sales: the difference of two months must not sharpen the month's contributions.
    cells[INCOME] = round_to(sum(columns[INCOME]), SALES_STEP * unit)
    return cells
