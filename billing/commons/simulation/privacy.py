"""Attack what is published: a shop that knows its own figures looks for those of another one.

Synthetic instances live through months; every report is decided by the same code as ours. The attacker is any one shop:
it knows its own figures exactly, which shops there are and what each is subject to, all cells and bands of all
revisions, and every identity between them. It tries two ways.

* **Inside a month**: of every sum that is published or can be derived it takes away its own part. Another shop's figure
  cannot be more than what is left and what rounding may have taken. If that is within 15 % of the figure, the shop is
  found; so it is if both ends of a band are. Likewise with what was collected between two published balances.
* **Between months**: when a shop starts or stops selling, the difference of two published sums, less what changed with
  the attacker itself (the largest of the others, who knows most), is taken for its figure. This hits by luck at best,
  and is counted where it comes within 15 %.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from billing.commons.cells import (
    CONTRIBUTION_CELLS,
    CONTRIBUTIONS,
    INCOME,
    NET,
    SALES_CELLS,
    SCHEME_CELLS,
    SCHEMES,
)
from billing.commons.disclosure import Disclosure, disclose
from billing.commons.figures import Contribution, Figures, Sales, ShopMonth, Software
from billing.commons.simulation.balances import sums_from_cash
from billing.commons.suppression import CONTRIBUTION_STEP, P_PERCENT, SALES_STEP
from coopcircuits.period import Month

#: Minor units of a currency unit.
UNIT = 100
_FIRST = Month(2025, 1)
_LATER = datetime(2030, 1, 1, tzinfo=UTC)
_SOFTWARE = Software("CoopCircuits", "simulation")
_SIGNS = dict(zip(SALES_CELLS, (1, -1, -1, -1), strict=True))
#: A year's income grows by these; nothing is credited here.
_INVOICED = tuple(f"contributions.{kind}.invoiced" for kind in CONTRIBUTIONS)
_PERCENT = "contributions.percent.invoiced"
#: How many rounded figures a cell is the sum of.
_ROUNDINGS = {
    **dict.fromkeys(SALES_CELLS, len(SCHEMES)),
    NET: len(SCHEMES) * len(SALES_CELLS),
    **dict.fromkeys(SCHEME_CELLS, len(SALES_CELLS)),
    **dict.fromkeys(CONTRIBUTION_CELLS, 1),
    INCOME: 1,
}


@dataclass
class Findings:
    """How many shops were looked for (one a month each), and how many found, in which way."""

    instances: int = 0
    shop_months: int = 0
    reports: int = 0
    sums_tried: int = 0
    hidden_cells: int = 0
    cells: int = 0
    found_inside: int = 0
    differences_tried: int = 0
    found_between: int = 0

    @property
    def per_100_000(self) -> int:
        """Shop-months found between months, of a hundred thousand, rounded up."""
        return -(-100_000 * self.found_between // max(1, self.shop_months))


@dataclass
class _Shop:
    """A synthetic shop: about what it sells and gives a month, and what it was invoiced so far, in minor units."""

    scheme: str
    size: int
    gift: int
    open: bool = True
    given: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Month:
    """A month's truth and what was published of it, revision by revision."""

    columns: Mapping[str, Sequence[int]]
    published: Sequence[Disclosure]


def attack(*, instances: int, months: int, seed: int) -> Findings:
    """Let that many synthetic instances publish that many months, and look for single shops."""
    found = Findings(instances=instances)
    for number in range(instances):
        lived = list(_live(random.Random(f"{seed}|{number}"), months))  # noqa: S311 - repeatable figures, no secret
        for step, month in enumerate(lived):
            found.shop_months += sum(amount != 0 for amount in month.columns[NET])
            for disclosure in month.published:
                found.reports += 1
                found.cells += len(disclosure.cells)
                found.hidden_cells += len(disclosure.hidden)
                _inside(found, month, disclosure)
            if step:
                _between(found, lived[step - 1], month)
                _from_incomes(found, lived, step)
                _from_contributions(found, lived[step - 1], month)
        for column, figure, slack in sums_from_cash(
            [(month.columns, month.published) for month in lived], first=_FIRST, unit=UNIT
        ):
            _try_sum(found, column, figure, slack)
    return found


# ---------------------------------------------------------------- inside a month


def _inside(found: Findings, month: _Month, disclosure: Disclosure) -> None:
    """Try every published cell, and of each identity what is left of it when the shown cells are taken away."""
    shown = {cell: figure for cell, figure in disclosure.cells.items() if figure is not None}
    for cell, figure in shown.items():
        _try_sum(found, month.columns[cell], figure, _slack(cell))
    if NET in shown:
        _try_rest(found, month, shown, _SIGNS)
        _try_rest(found, month, shown, dict.fromkeys(SCHEME_CELLS, 1))
    for cell, (low, high) in disclosure.bands.items():
        largest, second = _two_largest(month.columns[cell])
        found.sums_tried += 1
        found.found_inside += largest > 0 and _is_near(low - second, largest) and _is_near(high - second, largest)


def _try_rest(found: Findings, month: _Month, shown: Mapping[str, int], signs: Mapping[str, int]) -> None:
    """The signed sum of the hidden cells of an identity whose total is NET."""
    hidden = [cell for cell in signs if cell not in shown]
    if hidden:
        rest = shown[NET] - sum(sign * shown[cell] for cell, sign in signs.items() if cell in shown)
        slack = _slack(NET) + sum(_slack(cell) for cell in signs if cell in shown)
        column = [sum(row) for row in zip(*([signs[c] * a for a in month.columns[c]] for c in hidden), strict=True)]
        _try_sum(found, column, rest, slack)


def _from_incomes(found: Findings, lived: Sequence[_Month], step: int) -> None:
    """In its first year an instance's ``income_12m`` grows by what was invoiced in the month."""
    now, before = (lived[at].published[-1].cells for at in (step, step - 1))
    after, earlier = now[INCOME], before[INCOME]
    if step >= 12 or after is None or earlier is None:
        return
    shown = {cell: figure for cell in _INVOICED if (figure := now[cell]) is not None}
    hidden = [cell for cell in _INVOICED if cell not in shown]
    columns = [lived[step].columns[cell] for cell in hidden or _INVOICED]
    rest = after - earlier - (sum(shown.values()) if hidden else 0)
    slack = 2 * _slack(INCOME) + sum(_slack(cell) for cell in shown)
    _try_sum(found, [sum(row) for row in zip(*columns, strict=True)], rest, slack)


def _from_contributions(found: Findings, before: _Month, after: _Month) -> None:
    """A hundred times the percent contributions of a month are sales of the month before; what is left is others'."""
    invoiced, net = after.published[-1].cells[_PERCENT], before.published[-1].cells[NET]
    if invoiced is None:
        return
    percent, *others = (before.columns[cell] for cell in SCHEME_CELLS)
    slack = 100 * (_slack(_PERCENT) + len(percent))
    _try_sum(found, percent, 100 * invoiced, slack)
    if net is not None:
        _try_sum(found, [sum(row) for row in zip(*others, strict=True)], net - 100 * invoiced, slack + _slack(NET))


def _try_sum(found: Findings, column: Sequence[int], figure: int, slack: int) -> None:
    """The second largest shop, whose part is the largest that anybody else can take away, looks for the largest."""
    found.sums_tried += 1
    largest, second = _two_largest(column)
    found.found_inside += largest > 0 and _is_near(abs(figure) + slack - second, largest)


def _two_largest(column: Sequence[int]) -> tuple[int, int]:
    largest = second = 0
    for amount in column:
        size = abs(amount)
        if size > largest:
            largest, second = size, largest
        elif size > second:
            second = size
    return largest, second


def _is_near(guess: int, truth: int) -> bool:
    return 100 * abs(guess - truth) < P_PERCENT * truth


def _slack(cell: str) -> int:
    """How far rounding may have moved a published cell, in minor units."""
    step = CONTRIBUTION_STEP if cell in CONTRIBUTION_CELLS else SALES_STEP
    return step * UNIT // 2 * _ROUNDINGS[cell]


# ---------------------------------------------------------------- between months


def _between(found: Findings, before: _Month, after: _Month) -> None:
    """Each shop that sells in one of two months only is looked for in the smallest sum that is shown in both."""
    for shop, (old, new) in enumerate(zip(before.columns[NET], after.columns[NET], strict=True)):
        if (old == 0) == (new == 0):
            continue
        cell = next((cell for cell in (*SCHEME_CELLS, NET) if _tells(cell, before, after, shop)), None)
        if cell is None:
            continue
        figures = [month.published[-1].cells[cell] or 0 for month in (before, after)]
        changes = [
            b - a if other != shop else 0
            for other, (a, b) in enumerate(zip(before.columns[cell], after.columns[cell], strict=True))
        ]
        sizes = [max(abs(a), abs(b)) for a, b in zip(before.columns[cell], after.columns[cell], strict=True)]
        sizes[shop] = -1
        own = changes[max(range(len(sizes)), key=sizes.__getitem__)]
        guess = figures[1] - figures[0] - own
        found.differences_tried += 1
        found.found_between += _is_near(guess if new else -guess, max(old, new))


def _tells(cell: str, before: _Month, after: _Month, shop: int) -> bool:
    """Whether a cell is shown in both months and the shop is in it."""
    shown = all(month.published[-1].cells[cell] is not None for month in (before, after))
    return shown and bool(before.columns[cell][shop] or after.columns[cell][shop])


# ---------------------------------------------------------------- synthetic months


def _live(chance: random.Random, months: int) -> Iterator[_Month]:
    """An instance of up to sixty shops of very different sizes that come, pause and go."""
    shops = [_shop(chance) for _ in range(min(60, int(chance.lognormvariate(2.5, 0.9)) + 1))]
    hidden: set[str] = set()
    for step in range(months):
        season = 1 + 0.2 * ((step % 12) in (4, 5, 6, 10, 11)) - 0.2 * ((step % 12) in (0, 1, 7))
        sold = [_sold(chance, shop, season) for shop in shops]
        published: list[Disclosure] = []
        shown: set[str] = set()
        revised = chance.random() < 0.1
        for revision in range(1 + revised):
            if revision:
                late = chance.randrange(len(shops))
                if sold[late].gross:
                    sold[late] = _with_order(sold[late], chance.randrange(2_000, 15_000))
            figures = _figures(_FIRST.plus(step), shops, sold, hidden_before=shown, hidden_last_month=hidden)
            published.append(disclose(figures, UNIT))
            shown |= published[-1].hidden.keys()
        yield _Month(_columns(figures), published)
        hidden = shown
        for shop, sales in zip(shops, sold, strict=True):
            shop.given.append(shop.gift if shop.scheme == "voluntary" else _percent(shop, sales))


def _shop(chance: random.Random) -> _Shop:
    size = int(chance.lognormvariate(12.5, 1.1))
    return _Shop(chance.choices(SCHEMES, (70, 20, 10))[0], size, gift=size // 150, open=chance.random() < 0.85)


def _sold(chance: random.Random, shop: _Shop, season: float) -> Sales:
    if chance.random() < 0.03:
        shop.open = not shop.open
    if not shop.open:
        return Sales()
    net = int(shop.size * season * max(0.2, chance.gauss(1, 0.25)))
    return _with_tax(net, refunds=net * chance.randrange(4) // 100, deposits=chance.choice((0, 0, 0, net // 200)))


def _with_tax(net: int, *, refunds: int = 0, deposits: int = 0) -> Sales:
    tax = net * 11 // 200
    return Sales(gross=net + refunds + tax + deposits, refunds=refunds, tax=tax, deposits=deposits)


def _with_order(sales: Sales, net: int) -> Sales:
    more = _with_tax(net)
    return Sales(sales.gross + more.gross, sales.refunds, sales.tax + more.tax, sales.deposits)


def _percent(shop: _Shop, sales: Sales) -> int:
    return max(0, sales.net_ex_tax) // 100 if shop.scheme == "percent" else 0


def _figures(
    month: Month, shops: Sequence[_Shop], sold: Sequence[Sales], *, hidden_before: set[str], hidden_last_month: set[str]
) -> Figures:
    """What is invoiced in a month are the contributions of the month before."""
    lines = []
    for shop, sales in zip(shops, sold, strict=True):
        kind = shop.scheme if shop.scheme in CONTRIBUTIONS else "other"
        invoiced = shop.given[-1] if shop.given else 0
        given = {kind: Contribution(invoiced=invoiced, collected=invoiced)} if invoiced else {}
        lines.append(ShopMonth(shop.scheme, sales, given, income_12m=sum(shop.given[-12:])))
    return Figures(
        instance="synthetic.example.coop",
        month=month,
        zone="UTC",
        currency="EUR",
        state="final",
        issued_at=_LATER,
        shops=lines,
        registered_shops=len(lines),
        active_shops=len(lines),
        orders_completed=99,
        orders_cancelled=0,
        shoppers=99,
        software=_SOFTWARE,
        hidden_before=hidden_before,
        hidden_last_month=hidden_last_month,
    )


def _columns(figures: Figures) -> dict[str, list[int]]:
    """What each shop adds to each cell."""
    shops, nothing = figures.shops, Contribution()
    columns = {NET: [shop.sales.net_ex_tax for shop in shops], INCOME: [shop.income_12m for shop in shops]}
    for cell in SALES_CELLS:
        columns[cell] = [getattr(shop.sales, cell.rpartition(".")[2]) for shop in shops]
    for cell, scheme in zip(SCHEME_CELLS, SCHEMES, strict=True):
        columns[cell] = [shop.sales.net_ex_tax if shop.scheme == scheme else 0 for shop in shops]
    for cell in CONTRIBUTION_CELLS:
        _group, kind, measure = cell.split(".")
        columns[cell] = [getattr(shop.contributions.get(kind, nothing), measure) for shop in shops]
    return columns
