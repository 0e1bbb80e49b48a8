"""A year's budget beside what was spent."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.budget.models import BudgetLine
from billing.cost import queries as costs
from billing.cost.models import CostCategory
from billing.cost.queries import per_cent_of


class Use(NamedTuple):
    """One category of a year, ex tax in minor units; ``given`` is work that nobody was paid for."""

    category: CostCategory
    planned: int
    spent: int
    given: int

    @property
    def known(self) -> bool:
        """Whether there is anything to say of the category."""
        return bool(self.planned or self.spent or self.given)

    @property
    def left(self) -> int:
        """Negative where more was spent than planned."""
        return self.planned - self.spent

    @property
    def used(self) -> int | None:
        """Whole per cent spent, rounded down; nothing without a plan."""
        return per_cent_of(self.spent, self.planned)


def lines_of(session: Session, year: int) -> dict[CostCategory, BudgetLine]:
    """What was decided for a year."""
    found = session.scalars(select(BudgetLine).where(BudgetLine.year == year))
    return {line.category: line for line in found}


def use_of(session: Session, year: int) -> list[Use]:
    """Every category of a year, in the order of the categories."""
    planned = lines_of(session, year)
    spent = {total.category: total for total in costs.by_category(session, *months_of(year))}
    return [
        Use(
            category,
            planned[category].amount if category in planned else 0,
            spent[category].spent if category in spent else 0,
            spent[category].given if category in spent else 0,
        )
        for category in CostCategory
    ]


def months_of(year: int) -> Sequence[str]:
    """The twelve months of a year, written ``YYYY-MM``."""
    return [f"{year:04d}-{number:02d}" for number in range(1, 13)]


def years(session: Session) -> list[int]:
    """Years with a budget or a cost, the latest first."""
    planned = session.scalars(select(BudgetLine.year).distinct())
    return sorted({*planned, *(int(period[:4]) for period in costs.periods(session))}, reverse=True)
