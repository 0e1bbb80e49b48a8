"""What a reviewer sees: the queue of a month with what deserves a look, and the state of the months."""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from billing.scheme.models import SchemeKind
from billing.statement.models import Statement, StatementState
from coopcircuits.period import Month
from coopcircuits.references import plain
from shops.enterprise.models import Enterprise

PAGE = 50
#: How many months a sparkline shows.
MONTHS_BACK = 12


class Reason(enum.StrEnum):
    """Why a statement deserves a look, the most pressing first."""

    NEGATIVE = "negative"
    DOWN = "down"
    UP = "up"
    NEW = "new"
    SCHEME = "scheme"
    LATE = "late"
    WAIVED = "waived"
    ADJUSTED = "adjusted"


@dataclass(frozen=True)
class Row:
    """One statement of the queue. Turnovers in minor units ex tax; ``history`` ends with this month."""

    statement: Statement
    reasons: Sequence[Reason]
    last_month: int | None
    last_year: int | None
    history: Sequence[int]


class SchemeTotal(NamedTuple):
    """The statements of one scheme in a month."""

    scheme: SchemeKind
    statements: int
    net: int
    contribution: int


_last = aliased(Statement)
_year = aliased(Statement)


def _reasons() -> dict[Reason, ColumnElement[bool]]:
    """Half as much as last month or less is down, half as much again or more is up."""
    earlier = aliased(Statement)
    known = exists().where(earlier.enterprise_id == Statement.enterprise_id, earlier.period < Statement.period)
    changed = or_(
        _last.scheme != Statement.scheme,
        and_(Statement.scheme == SchemeKind.VOLUNTARY, _last.computed != Statement.computed),
    )
    return {
        Reason.NEGATIVE: Statement.net < 0,
        Reason.DOWN: and_(Statement.net >= 0, _last.net > 0, Statement.net * 2 <= _last.net),
        Reason.UP: and_(_last.net > 0, Statement.net * 2 >= _last.net * 3),
        Reason.NEW: ~known,
        Reason.SCHEME: func.coalesce(changed, False),
        Reason.LATE: Statement.late_count > 0,
        Reason.WAIVED: and_(Statement.adjusted < 0, Statement.contribution == 0),
        Reason.ADJUSTED: and_(Statement.adjusted != 0, Statement.contribution > 0),
    }


def _narrowed(period: str, state: StatementState | None, name: str) -> list[ColumnElement[bool]]:
    conditions = [Statement.period == period]
    if state is not None:
        conditions.append(Statement.state == state)
    if name:
        conditions.append(Enterprise.name_key.contains(plain(name), autoescape=True))
    return conditions


def queue(
    session: Session, *, period: str, state: StatementState | None = None, name: str = "", page: int = 1
) -> list[Row]:
    """One page of a month's statements, those that deserve a look first, then by name."""
    month, reasons = Month.parse(period), _reasons()
    pressing = case(*((condition, rank) for rank, condition in enumerate(reasons.values())), else_=len(reasons))
    last_month = and_(_last.enterprise_id == Statement.enterprise_id, _last.period == str(month.plus(-1)))
    last_year = and_(_year.enterprise_id == Statement.enterprise_id, _year.period == str(month.plus(-12)))
    rows: Sequence[Any] = session.execute(
        select(Statement, _last.net, _year.net, *reasons.values())
        .join(Statement.enterprise)
        .outerjoin(_last, last_month)
        .outerjoin(_year, last_year)
        .where(*_narrowed(period, state, name))
        .options(contains_eager(Statement.enterprise))
        .order_by(pressing, Enterprise.name_key, Statement.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    past = _histories(session, month, [row[0].enterprise_id for row in rows])
    return [
        Row(
            statement=found,
            reasons=[reason for reason, holds in zip(reasons, held, strict=True) if holds],
            last_month=before,
            last_year=year_ago,
            history=past[found.enterprise_id],
        )
        for found, before, year_ago, *held in rows
    ]


def how_many(session: Session, *, period: str, state: StatementState | None = None, name: str = "") -> int:
    """How many statements the whole queue has."""
    counted = select(func.count(Statement.id)).join(Statement.enterprise).where(*_narrowed(period, state, name))
    return session.scalar(counted) or 0


def _histories(session: Session, month: Month, enterprise_ids: Collection[int]) -> dict[int, list[int]]:
    """Turnovers of the last months, oldest first, without the months before a shop's first statement."""
    periods = [str(month.plus(-back)) for back in reversed(range(MONTHS_BACK))]
    rows = session.execute(
        select(Statement.enterprise_id, Statement.period, Statement.net).where(
            Statement.enterprise_id.in_(enterprise_ids), Statement.period.in_(periods)
        )
    )
    nets = {(shop_id, period): net for shop_id, period, net in rows}
    found = {}
    for shop_id in enterprise_ids:
        values = [nets.get((shop_id, period)) for period in periods]
        first = next((place for place, value in enumerate(values) if value is not None), len(values))
        found[shop_id] = [value or 0 for value in values[first:]]
    return found


def silent_shops(session: Session, period: str) -> Sequence[Enterprise]:
    """Shops that sold last month and have no statement in this one, by name."""
    now = aliased(Statement)
    return session.scalars(
        select(Enterprise)
        .join(Statement, Statement.enterprise_id == Enterprise.id)
        .where(
            Statement.period == str(Month.parse(period).plus(-1)),
            Statement.net > 0,
            ~exists().where(now.enterprise_id == Enterprise.id, now.period == period),
        )
        .order_by(Enterprise.name_key)
    ).all()


def counts_by_state(session: Session, period: str) -> dict[StatementState, int]:
    """How many statements of a month are in each state."""
    rows = session.execute(
        select(Statement.state, func.count()).where(Statement.period == period).group_by(Statement.state)
    )
    found = dict.fromkeys(StatementState, 0)
    found.update((state, count) for state, count in rows)
    return found


def waiting_by_period(session: Session) -> list[tuple[str, int]]:
    """Months with statements to review, the earliest first, and how many."""
    rows = session.execute(
        select(Statement.period, func.count())
        .where(Statement.state == StatementState.TO_REVIEW)
        .group_by(Statement.period)
        .order_by(Statement.period)
    )
    return [(period, count) for period, count in rows]


def by_scheme(session: Session, period: str) -> list[SchemeTotal]:
    """A month's statements summed by scheme, in the order of the schemes."""
    rows = session.execute(
        select(Statement.scheme, func.count(), func.sum(Statement.net), func.sum(Statement.contribution))
        .where(Statement.period == period)
        .group_by(Statement.scheme)
    )
    found = {row[0]: SchemeTotal(row[0], row[1], int(row[2]), int(row[3])) for row in rows}
    return [found[kind] for kind in SchemeKind if kind in found]


def contributions_by_month(session: Session, periods: Collection[str]) -> dict[str, int]:
    """Contributions before tax of each of these months."""
    rows = session.execute(
        select(Statement.period, func.sum(Statement.contribution))
        .where(Statement.period.in_(periods))
        .group_by(Statement.period)
    )
    return {period: int(amount) for period, amount in rows}
