"""An honest suggestion for a shop that chooses its amount: its part of the real costs, by its part of the orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.queries import MonthCosts
from billing.statement import queries as statements
from coopcircuits.money import rounded

#: How many closed months are looked at, so that one dear month does not decide.
_MONTHS = 3


@dataclass(frozen=True)
class Suggestion:
    """An estimate, and every figure it comes from; amounts in minor units ex tax, sums of all ``periods``.

    Monthly = (money spent for this instance + for the common software) ÷ online orders of all shops × online orders of
    this shop ÷ number of months, rounded half up. Orders stand for use: each costs about as much to serve, whatever is
    in it. Work given is told beside it and not asked for.
    """

    periods: Sequence[str]
    costs: MonthCosts
    orders: int
    own_orders: int

    @property
    def monthly(self) -> int:
        return self._monthly(self.costs.spent)

    @property
    def monthly_with_work(self) -> int:
        return self._monthly(self.costs.whole)

    @property
    def per_order(self) -> int:
        return rounded(Fraction(self.costs.spent, self.orders))

    def _monthly(self, costs: int) -> int:
        return rounded(Fraction(costs * self.own_orders, self.orders * len(self.periods)))


def suggestion_for(session: Session, *, enterprise_id: int) -> Suggestion | None:
    """What the last closed months with registered costs suggest; nothing where they say nothing of this shop."""
    closed = statements.closed_periods(session)
    known = queries.by_month(session, closed)
    periods = sorted([period for period in closed if period in known][:_MONTHS])
    orders, own_orders = queries.online_orders(session, periods, enterprise_id=enterprise_id)
    sums = [known[period] for period in periods]
    costs = MonthCosts(*(sum(part) for part in zip(*sums, strict=True))) if sums else MonthCosts()
    if not own_orders or not costs.spent:
        return None
    return Suggestion(periods, costs, orders, own_orders)
