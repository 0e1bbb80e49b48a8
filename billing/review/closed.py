"""How the last closed month went: what was given, by which schemes, how far it covers the costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.budget import queries as budgets
from billing.budget.queries import Use
from billing.cost.coverage import MonthCovered, coverage
from billing.cost.queries import per_cent_of
from billing.review import queries
from billing.review.queries import SchemeTotal
from billing.statement import queries as statements
from billing.statement.queries import MonthSummary
from billing.treasury.queries import last_position
from billing.treasury.runway import Position


@dataclass(frozen=True)
class ClosedMonth:
    """Amounts ex tax in minor units; ``trend`` holds the closed months of a year, the last one last; ``budget`` the
    categories that are planned or spent on in this month's year."""

    summary: MonthSummary
    schemes: Sequence[SchemeTotal]
    trend: Sequence[MonthCovered]
    budget: Sequence[Use]
    #: The latest that is noted, perhaps of another month.
    position: Position | None

    @property
    def month(self) -> MonthCovered:
        return self.trend[-1]

    @property
    def year(self) -> int:
        return int(self.summary.period[:4])

    @property
    def planned(self) -> int:
        return sum(use.planned for use in self.budget)

    @property
    def spent(self) -> int:
        """Money spent in the year so far."""
        return sum(use.spent for use in self.budget)

    @property
    def budget_used(self) -> int | None:
        return per_cent_of(self.spent, self.planned)


def last_closed(session: Session) -> ClosedMonth | None:
    """The latest month whose statements are written, if any."""
    trend = coverage(session)
    if not trend:
        return None
    period = trend[-1].period
    return ClosedMonth(
        summary=statements.summary(session, period),
        schemes=queries.by_scheme(session, period),
        trend=trend,
        budget=[use for use in budgets.use_of(session, int(period[:4])) if use.known],
        position=last_position(session),
    )
