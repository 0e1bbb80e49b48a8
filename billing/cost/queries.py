"""Reading what running the instance costs."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.cost.models import Cost, CostCategory, CostKind


class CategoryTotal(NamedTuple):
    """One category of a month, ex tax in minor units; ``given`` is work in kind, ``minutes`` its time."""

    category: CostCategory
    spent: int
    given: int
    minutes: int

    @property
    def whole(self) -> int:
        return self.spent + self.given


def costs_of(session: Session, period: str) -> Sequence[Cost]:
    """Every cost of a month, the latest first."""
    return session.scalars(
        select(Cost).where(Cost.period == period).order_by(Cost.spent_on.desc(), Cost.id.desc())
    ).all()


def by_category(session: Session, period: str) -> list[CategoryTotal]:
    """A month's costs summed by category, the largest first."""
    of_cash = func.coalesce(func.sum(Cost.amount).filter(Cost.kind == CostKind.CASH), 0)
    in_kind = func.coalesce(func.sum(Cost.amount).filter(Cost.kind == CostKind.IN_KIND), 0)
    rows = session.execute(
        select(Cost.category, of_cash, in_kind, func.sum(Cost.minutes))
        .where(Cost.period == period)
        .group_by(Cost.category)
    )
    found = [CategoryTotal(category, int(spent), int(given), int(minutes)) for category, spent, given, minutes in rows]
    return sorted(found, key=lambda total: (-total.whole, total.category))


def by_month(session: Session, periods: Collection[str]) -> dict[str, int]:
    """The whole cost, money and work, of each of these months."""
    rows = session.execute(
        select(Cost.period, func.sum(Cost.amount)).where(Cost.period.in_(periods)).group_by(Cost.period)
    )
    return {period: int(amount) for period, amount in rows}


def periods(session: Session) -> Sequence[str]:
    """Months that have costs, the latest first."""
    return session.scalars(select(Cost.period).distinct().order_by(Cost.period.desc())).all()


def per_cent_of(contributions: int, costs: int) -> int | None:
    """How far contributions cover costs, in whole per cent rounded down; nothing without costs."""
    return contributions * 100 // costs if costs else None
