"""Rows for files: read a few hundred at a time, so that any number of shops fits."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from billing.cost.models import Cost, CostReceipt
from billing.scheme.models import SchemeKind
from billing.statement.models import Statement
from shops.enterprise.models import Enterprise

#: Rows in memory at a time.
_ROWS = 500


class SchemeMonth(NamedTuple):
    """The statements of one scheme in one month, in minor units."""

    period: str
    scheme: SchemeKind
    statements: int
    net: int
    contribution: int
    tax: int
    total: int


def statements(session: Session, period: str) -> Iterator[Statement]:
    """A month's statements with their shops, by name."""
    found = session.scalars(
        select(Statement)
        .join(Statement.enterprise)
        .where(Statement.period == period)
        .options(contains_eager(Statement.enterprise))
        .order_by(Enterprise.name_key, Statement.id)
        .execution_options(yield_per=_ROWS)
    )
    yield from found


def costs(session: Session, year: int) -> Iterator[tuple[Cost, list[str]]]:
    """A year's costs and the digests of their receipts, by month and day."""
    beginning = f"{year:04d}-"
    rows = session.execute(
        select(CostReceipt.cost_id, CostReceipt.sha256)
        .join(Cost, Cost.id == CostReceipt.cost_id)
        .where(Cost.period.startswith(beginning))
        .order_by(CostReceipt.id)
    )
    digests: dict[int, list[str]] = {}
    for cost_id, sha256 in rows:
        digests.setdefault(cost_id, []).append(sha256)
    found = session.scalars(
        select(Cost)
        .where(Cost.period.startswith(beginning))
        .order_by(Cost.period, Cost.spent_on, Cost.id)
        .execution_options(yield_per=_ROWS)
    )
    for cost in found:
        yield cost, digests.get(cost.id, [])


def contributions(session: Session, year: int) -> list[SchemeMonth]:
    """A year's statements summed by month and scheme."""
    rows = session.execute(
        select(
            Statement.period,
            Statement.scheme,
            func.count(),
            func.sum(Statement.net),
            func.sum(Statement.contribution),
            func.sum(Statement.contribution_tax),
            func.sum(Statement.total),
        )
        .where(Statement.period.startswith(f"{year:04d}-"))
        .group_by(Statement.period, Statement.scheme)
        .order_by(Statement.period, Statement.scheme)
    )
    return [SchemeMonth(period, scheme, *map(int, sums)) for period, scheme, *sums in rows]
