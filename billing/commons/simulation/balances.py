"""What the cash of a synthetic instance gives away: it grows by what was collected, and what was spent is published."""

from collections.abc import Iterator, Mapping, Sequence

from billing.commons import cash, disclosure
from billing.commons.cells import CONTRIBUTION_CELLS
from billing.commons.disclosure import Disclosure
from billing.commons.suppression import CONTRIBUTION_STEP
from billing.treasury.runway import CASH_STEP
from coopcircuits.period import Month

_COLLECTED = tuple(cell for cell in CONTRIBUTION_CELLS if cell.endswith(".collected"))
#: What each shop adds to each cell of a month, and what was published of it, revision by revision.
Lived = tuple[Mapping[str, Sequence[int]], Sequence[Disclosure]]


def sums_from_cash(lived: Sequence[Lived], *, first: Month, unit: int) -> Iterator[tuple[list[int], int, int]]:
    """From the first balance to each later one: what each shop paid that no report tells, its derived sum, the error.

    Of every month what is shown of the collected contributions is taken away; where all is shown, nothing is, since
    the derived sum is then one that nobody hid. All in minor units; ``unit`` is one currency unit in these.
    """
    told = _told(lived, first)
    start = told[0] if told else 0
    for end in told[1:]:
        column, figure, error = [0] * len(lived[end][0][_COLLECTED[0]]), 0, CASH_STEP * unit
        months = lived[start + 1 : end + 1]
        shown = [
            {cell for cell in _COLLECTED if published[0].cells[cell] is not None} for _columns, published in months
        ]
        whole = all(len(cells) == len(_COLLECTED) for cells in shown)
        for (columns, published), cells in zip(months, shown, strict=True):
            for cell in _COLLECTED:
                figure += sum(columns[cell])
                if cell in cells and not whole:
                    figure -= published[0].cells[cell] or 0
                    error += CONTRIBUTION_STEP * unit // 2
                else:
                    column = [paid + more for paid, more in zip(column, columns[cell], strict=True)]
        yield column, figure, error


def _told(lived: Sequence[Lived], first: Month) -> list[int]:
    """The months whose balance is published, the earliest first."""
    told: list[int] = []
    whole: set[str] = set()
    for step, (_columns, published) in enumerate(lived):
        month, hides = first.plus(step), [disclosure.hides_income(one.hidden) for one in published]
        if not all(hides) and cash.fits(month, told=[str(first.plus(one)) for one in told], whole=whole):
            told.append(step)
        if not any(hides):
            whole.add(str(month))
    return told
