"""Reading what running the instance costs."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from billing.cost.models import Cost, CostCategory, CostKind, CostScope
from billing.statement.models import Statement


class CategoryTotal(NamedTuple):
    """One category of a month, ex tax in minor units; ``given`` is work in kind, ``minutes`` its time."""

    category: CostCategory
    spent: int
    given: int
    minutes: int

    @property
    def whole(self) -> int:
        return self.spent + self.given


class MonthCosts(NamedTuple):
    """A month, or several, ex tax in minor units: money spent for this instance (``own``) and for the software that
    sister instances share (``common``), and what the work given to either would have cost."""

    own: int = 0
    common: int = 0
    given: int = 0

    @property
    def spent(self) -> int:
        return self.own + self.common

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


def by_month(session: Session, periods: Collection[str]) -> dict[str, MonthCosts]:
    """What each of these months cost, where anything is registered."""

    def summed(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(Cost.amount).filter(*conditions), 0)

    rows = session.execute(
        select(
            Cost.period,
            summed(Cost.kind == CostKind.CASH, Cost.scope == CostScope.LOCAL),
            summed(Cost.kind == CostKind.CASH, Cost.scope == CostScope.COMMON),
            summed(Cost.kind == CostKind.IN_KIND),
        )
        .where(Cost.period.in_(periods))
        .group_by(Cost.period)
    )
    return {period: MonthCosts(*map(int, sums)) for period, *sums in rows}


def online_orders(session: Session, periods: Collection[str], *, enterprise_id: int) -> tuple[int, int]:
    """Online orders in the statements of these months: of all shops, and of one."""
    mine = func.coalesce(func.sum(Statement.order_count).filter(Statement.enterprise_id == enterprise_id), 0)
    everyone, own = session.execute(
        select(func.coalesce(func.sum(Statement.order_count), 0), mine).where(Statement.period.in_(periods))
    ).one()
    return int(everyone), int(own)


def periods(session: Session) -> Sequence[str]:
    """Months that have costs, the latest first."""
    return session.scalars(select(Cost.period).distinct().order_by(Cost.period.desc())).all()


def per_cent_of(contributions: int, costs: int) -> int | None:
    """How far contributions cover costs, in whole per cent rounded down; nothing without costs."""
    return contributions * 100 // costs if costs else None
