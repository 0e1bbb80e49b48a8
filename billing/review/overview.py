"""The cooperative's first page: what waits, how the last closed month went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.cost import queries as costs
from billing.cost.queries import CategoryTotal
from billing.question import queries as questions
from billing.question.queries import Waiting
from billing.review import queries
from billing.review.queries import SchemeTotal
from billing.statement import queries as statements
from billing.statement.queries import MonthSummary
from coopcircuits.period import Month

#: How many months the curve of contributions and costs shows.
_MONTHS = 6


@dataclass(frozen=True)
class ClosedMonth:
    """The last closed month; amounts ex tax in minor units."""

    summary: MonthSummary
    schemes: Sequence[SchemeTotal]
    costs: Sequence[CategoryTotal]
    trend: Sequence[tuple[str, int, int]]

    @property
    def spent(self) -> int:
        return sum(total.spent for total in self.costs)

    @property
    def whole_cost(self) -> int:
        return sum(total.whole for total in self.costs)

    @property
    def covered(self) -> int | None:
        """Contributions in per cent of all costs, work given included."""
        return costs.per_cent_of(self.summary.contribution_minor, self.whole_cost)

    @property
    def covered_in_money(self) -> int | None:
        """Contributions in per cent of what was paid in money."""
        return costs.per_cent_of(self.summary.contribution_minor, self.spent)


@dataclass(frozen=True)
class Overview:
    """What the first page shows."""

    to_close: Sequence[Month]
    waiting: Sequence[tuple[str, int]]
    questions: Sequence[Waiting]
    closed: ClosedMonth | None


def overview(session: Session) -> Overview:
    """Read the first page's figures."""
    periods = statements.closed_periods(session)
    return Overview(
        to_close=statements.months_to_close(session),
        waiting=queries.waiting_by_period(session),
        questions=questions.waiting_by_period(session),
        closed=_closed(session, periods) if periods else None,
    )


def _closed(session: Session, periods: Sequence[str]) -> ClosedMonth:
    period, recent = periods[0], sorted(periods[:_MONTHS])
    given = queries.contributions_by_month(session, recent)
    spent = costs.by_month(session, recent)
    return ClosedMonth(
        summary=statements.summary(session, period),
        schemes=queries.by_scheme(session, period),
        costs=costs.by_category(session, period),
        trend=[(each, given.get(each, 0), spent[each].whole if each in spent else 0) for each in recent],
    )
