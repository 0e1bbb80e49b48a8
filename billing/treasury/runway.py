"""How long the money lasts.

Runway = cash at the end of a month ÷ mean monthly spending. Cash is what all accounts held, rounded half-even to a
hundred units of currency as it is published, so that the change from month to month tells no shop's contribution.
Spending is the money spent (work given left out), before tax, in the twelve months that end with that one; where the
register's first cost is later than the first of them, since its month. A month without costs counts as zero. In tenths
of a month, rounded down: zero where the accounts are overdrawn, nothing where nothing was spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.commons.suppression import round_to
from coopcircuits.money import divided, exponent
from coopcircuits.period import Month

#: Months of which the mean is taken.
MONTHS = 12
#: Step of publication, in whole currency units.
CASH_STEP = 100


@dataclass(frozen=True)
class Position:
    """The cash position at the end of ``period`` as everybody sees it, in minor units, and the ``months`` of spending
    that it is measured by, in minor units ex tax."""

    period: str
    cash: int
    months: Sequence[int]

    @property
    def a_month(self) -> int:
        """The mean of the months, rounded half up."""
        return divided(sum(self.months), len(self.months)) if self.months else 0

    @property
    def runway(self) -> int | None:
        """Tenths of a month; nothing where nothing was spent."""
        spent = sum(self.months)
        return max(self.cash, 0) * len(self.months) * 10 // spent if spent > 0 else None


def step_of(currency: str) -> int:
    """The step of publication in minor units."""
    step: int = CASH_STEP * 10 ** exponent(currency)
    return step


def position(period: str, amount: int, *, spending: Mapping[str, int], currency: str) -> Position:
    """The position of a month whose accounts held ``amount`` minor units; ``spending`` is by month."""
    last, first = Month.parse(period), min(spending, default="")
    window = [str(last.plus(step)) for step in range(1 - MONTHS, 1)]
    months = [spending.get(month, 0) for month in window if first and first <= month]
    return Position(period, round_to(amount, step_of(currency)), months)
