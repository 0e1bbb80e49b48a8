"""What a reviewer sees: the queue of a month with what deserves a look, and the state of the months."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from billing.question.models import Message, Question
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

    QUESTIONED = "questioned"
    NEGATIVE = "negative"
    DOWN = "down"
    UP = "up"
    UNDECLARED = "undeclared"
    NEW = "new"
    SCHEME = "scheme"
    LATE = "late"
    CAP = "cap"
    MINIMUM = "minimum"
    WAIVED = "waived"
    ADJUSTED = "adjusted"


class Shown(enum.StrEnum):
    """Which statements of a month the queue shows."""

    TO_REVIEW = "to-review"
    QUESTIONED = "questioned"
    APPROVED = "approved"
    INVOICED = "invoiced"
    ALL = "all"


class Past(NamedTuple):
    """The shop's statement of the month before: turnover in minor units ex tax, and its scheme."""

    net: int
    scheme: SchemeKind
    rate_bp: int
    computed: int


@dataclass(frozen=True)
class Row:
    """One statement of the queue, its shop and adjustments loaded.

    Turnovers in minor units ex tax; ``history`` holds (month, turnover), ends with this month and begins with the
    shop's first statement. ``asked``: the shop's last words and since when it waits, where it does.
    """

    statement: Statement
    reasons: Sequence[Reason]
    last_month: Past | None
    last_year: int | None
    history: Sequence[tuple[str, int]]
    asked: tuple[str, datetime] | None


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
        Reason.QUESTIONED: Question.waiting_since.is_not(None),
        Reason.NEGATIVE: Statement.net < 0,
        Reason.DOWN: and_(Statement.net >= 0, _last.net > 0, Statement.net * 2 <= _last.net),
        Reason.UP: and_(_last.net > 0, Statement.net * 2 >= _last.net * 3),
        Reason.UNDECLARED: and_(Statement.scheme == SchemeKind.MARGIN, Statement.purchases.is_(None)),
        Reason.NEW: ~known,
        Reason.SCHEME: func.coalesce(changed, False),
        Reason.LATE: Statement.late_count > 0,
        Reason.CAP: and_(Statement.cap > 0, Statement.rated * Statement.rate_bp > Statement.cap * 10_000),
        Reason.MINIMUM: and_(Statement.rated > 0, Statement.rated * Statement.rate_bp < Statement.minimum * 10_000),
        Reason.WAIVED: and_(Statement.adjusted < 0, Statement.contribution == 0),
        Reason.ADJUSTED: and_(Statement.adjusted != 0, Statement.contribution > 0),
    }


_REASONS = _reasons()
#: 0 for the most pressing reason; statements as usual come last.
_RANK = case(*((condition, rank) for rank, condition in enumerate(_REASONS.values())), else_=len(_REASONS))
_CONDITIONS: Mapping[Shown, ColumnElement[bool]] = {
    Shown.TO_REVIEW: Statement.state == StatementState.TO_REVIEW,
    Shown.QUESTIONED: Question.waiting_since.is_not(None),
    Shown.APPROVED: Statement.state == StatementState.APPROVED,
    Shown.INVOICED: Statement.state == StatementState.INVOICED,
    Shown.ALL: true(),
}


def _beside(wanted: Any, period: str) -> Any:
    """The statements of a month beside their shop, question, and statements of a month and of a year before."""
    month = Month.parse(period)
    last_month = and_(_last.enterprise_id == Statement.enterprise_id, _last.period == str(month.plus(-1)))
    last_year = and_(_year.enterprise_id == Statement.enterprise_id, _year.period == str(month.plus(-12)))
    return (
        wanted.join(Statement.enterprise)
        .outerjoin(Question, Question.statement_id == Statement.id)
        .outerjoin(_last, last_month)
        .outerjoin(_year, last_year)
        .where(Statement.period == period)
    )


def _narrowed(shown: Shown, name: str) -> list[ColumnElement[bool]]:
    conditions = [_CONDITIONS[shown]]
    if name:
        conditions.append(Enterprise.name_key.contains(plain(name), autoescape=True))
    return conditions


def queue(session: Session, *, period: str, shown: Shown = Shown.ALL, name: str = "", page: int = 1) -> list[Row]:
    """One page of a month's statements, those that deserve a look first, then by name. Three queries."""
    return _rows(session, period, _narrowed(shown, name), page)


def row_of(session: Session, statement: Statement) -> Row:
    """One statement as its line of the queue."""
    return _rows(session, statement.period, [Statement.id == statement.id])[0]


def _rows(session: Session, period: str, narrowed: Sequence[ColumnElement[bool]], page: int = 1) -> list[Row]:
    words = (
        select(Message.text)
        .where(Message.question_id == Question.id, Message.from_cooperative.is_(False))
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    past = (_last.net, _last.scheme, _last.rate_bp, _last.computed)
    wanted = select(Statement, _year.net, words, Question.waiting_since, *past, *_REASONS.values())
    rows: Sequence[Any] = session.execute(
        _beside(wanted, period)
        .where(*narrowed)
        .options(contains_eager(Statement.enterprise), selectinload(Statement.adjustments))
        .order_by(_RANK, Enterprise.name_key, Statement.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    histories = _histories(session, Month.parse(period), [row[0].enterprise_id for row in rows])
    return [
        Row(
            statement=found,
            reasons=[reason for reason, holds in zip(_REASONS, held[4:], strict=True) if holds],
            last_month=Past(*held[:4]) if held[0] is not None else None,
            last_year=year_ago,
            history=histories[found.enterprise_id],
            asked=(text, since) if since else None,
        )
        for found, year_ago, text, since, *held in rows
    ]


def how_many(session: Session, *, period: str, shown: Shown = Shown.ALL, name: str = "") -> int:
    """How many statements the whole queue has."""
    counted = _beside(select(func.count(Statement.id)), period).where(*_narrowed(shown, name))
    return session.scalar(counted) or 0


def counts(session: Session, period: str) -> dict[Shown, int]:
    """How many statements of a month each part of the queue has."""
    parts = [func.count().filter(condition) for condition in _CONDITIONS.values()]
    row = session.execute(
        select(*parts)
        .select_from(Statement)
        .outerjoin(Question, Question.statement_id == Statement.id)
        .where(Statement.period == period)
    ).one()
    return dict(zip(_CONDITIONS, row, strict=True))


def as_usual(session: Session, period: str) -> dict[int, int]:
    """The statements to review that give no reason to look at them: id and version."""
    wanted = _beside(select(Statement.id, Statement.version), period)
    rows = session.execute(wanted.where(_CONDITIONS[Shown.TO_REVIEW], _RANK.is_not_distinct_from(len(_REASONS))))
    return {row.id: row.version for row in rows}


def following(session: Session, statement: Statement) -> Statement | None:
    """The statement to review that comes after this one in the queue, with its shop."""
    place = (_RANK, Enterprise.name_key, Statement.id)
    here = session.execute(_beside(select(*place), statement.period).where(Statement.id == statement.id)).one()
    found: Statement | None = session.scalar(
        _beside(select(Statement), statement.period)
        .where(_CONDITIONS[Shown.TO_REVIEW], tuple_(*place) > tuple_(*here))
        .options(contains_eager(Statement.enterprise))
        .order_by(*place)
        .limit(1)
    )
    return found


def _histories(session: Session, month: Month, enterprise_ids: Collection[int]) -> dict[int, Sequence[tuple[str, int]]]:
    """Turnovers of the last months, oldest first, without the months before a shop's first statement."""
    periods = [str(month.plus(-back)) for back in reversed(range(MONTHS_BACK))]
    rows = session.execute(
        select(Statement.enterprise_id, Statement.period, Statement.net).where(
            Statement.enterprise_id.in_(enterprise_ids), Statement.period.in_(periods)
        )
    )
    nets = {(shop_id, period): net for shop_id, period, net in rows}
    found: dict[int, Sequence[tuple[str, int]]] = {}
    for shop_id in enterprise_ids:
        first = next((place for place, period in enumerate(periods) if (shop_id, period) in nets), len(periods))
        found[shop_id] = [(period, nets.get((shop_id, period), 0)) for period in periods[first:]]
    return found


def silent_shops(session: Session, period: str) -> Sequence[str]:
    """The names of shops that sold last month and have no statement in this one."""
    now = aliased(Statement)
    return session.scalars(
        select(Enterprise.name)
        .join(Statement, Statement.enterprise_id == Enterprise.id)
        .where(
            Statement.period == str(Month.parse(period).plus(-1)),
            Statement.net > 0,
            ~exists().where(now.enterprise_id == Enterprise.id, now.period == period),
        )
        .order_by(Enterprise.name_key)
    ).all()


def waiting_by_period(session: Session) -> list[tuple[str, int]]:
    """Months with statements to review, the earliest first, and how many."""
    rows = session.execute(
        select(Statement.period, func.count())
        .where(Statement.state == StatementState.TO_REVIEW)
        .group_by(Statement.period)
        .order_by(Statement.period)
    )
    return [(period, count) for period, count in rows]


def to_invoice_by_period(session: Session) -> list[tuple[str, int]]:
    """Months with approved statements that ask for something, the earliest first, and how many."""
    rows = session.execute(
        select(Statement.period, func.count())
        .where(Statement.state == StatementState.APPROVED, Statement.total > 0)
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
