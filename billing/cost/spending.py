"""Where the money goes: what anybody may see of the last closed month."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.coverage import public_coverage
from billing.cost.uses import uses_of
from billing.cost.words import USES
from billing.statement import queries as statements
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text, rate_text

#: Parts of the bar: the largest categories, then the rest together.
_PARTS = 5


@dataclass(frozen=True)
class Spending:
    """A month's costs, work given included; ``covered`` in per cent only where it reveals no shop's turnover."""

    period: str
    currency: str
    totals: Sequence[tuple[str, int]]
    covered: int | None

    @property
    def whole(self) -> int:
        return sum(amount for _name, amount in self.totals)

    @property
    def parts(self) -> list[tuple[str, int, str, str]]:
        """For the chart: name, amount, the amount and its share in words."""
        return [
            (name, amount, money_text(amount, self.currency), rate_text(round(amount * 100 / self.whole) * 100))
            for name, amount in self.totals
        ]


def last_spending(session: Session) -> Spending | None:
    """The last closed month with costs, if any."""
    known = set(queries.periods(session))
    period = next((period for period in statements.closed_periods(session) if period in known), None)
    if period is None:
        return None
    uses = [use for use in uses_of(session, [period]) if use.whole > 0]
    largest = [(str(USES[use.category]), use.whole) for use in uses[:_PARTS]]
    if rest := sum(use.whole for use in uses[_PARTS:]):
        largest.append((gettext("Everything else"), rest))
    return Spending(
        period=period,
        currency=statements.currency_of(session),
        totals=largest,
        covered=public_coverage(session, [period])[0].with_work,
    )
