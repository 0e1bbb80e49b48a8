"""The statements of a month written by the database itself: one pass over the ledger, and memory that stays flat.

What :mod:`billing.statement.figures` says of one shop is said here of all of them at once.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    FromClause,
    Select,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.schema import CreateTableAs, DropTable

from billing.purchase.models import PurchaseDeclaration
from billing.scheme import queries as schemes
from billing.scheme.contribution import Terms
from billing.scheme.formula import contributions, free_part, step
from billing.scheme.models import ContributionScheme, SchemeKind
from billing.statement.models import Statement, StatementState
from billing.turnover import queries as turnover
from billing.turnover.queries import Span, Turnover
from coopcircuits.db import Word
from coopcircuits.period import Month

#: What ISO 4217 calls no currency: a statement of a shop that sold in a foreign one, until it is refused.
_NO_CURRENCY = "XXX"
#: Columns that are written as they are worked out, under their own names.
_FIGURES = (
    *("enterprise_id", "currency", "order_count", "refund_count", "late_count", "gross", "tax", "net"),
    *("carried_in", "base", "carried_out", "scheme", "scheme_reason", "purchases", "rated", "rate_bp"),
    *("minimum", "cap", "computed", "vat", "contribution_tax_bp", "contribution_tax"),
)


def insert_statements(
    session: Session, *, month: Month, span: Span, terms: Terms, currency: str, closed_at: datetime
) -> int:
    """Write a statement for every shop with something to count or to give in ``span``; returns how many.

    One whose shop sold in another currency than ``currency`` has neither, see :func:`foreign_shop`.
    """
    # A table of its own: PostgreSQL reads the ledger with several processes for a new table, not for an INSERT.
    sold = CreateTableAs(_sold(month, span, currency), "sold_in_month", temporary=True)
    session.execute(sold)
    owed = contributions(_counted(sold.table, month, currency), terms).subquery()
    figures = {name: owed.c[name] for name in _FIGURES} | {
        "contribution": owed.c.computed,
        "total": owed.c.computed + owed.c.contribution_tax,
        "adjusted": literal(0),
        "period": literal(span.period),
        "state": literal(StatementState.TO_REVIEW, Word(StatementState)),
        "version": literal(0),
        "closed_at": literal(closed_at, Statement.closed_at.type),
    }
    rows = select(*figures.values()).order_by(owed.c.enterprise_id)
    session.execute(insert(Statement).from_select(list(figures), rows, include_defaults=False))
    session.execute(DropTable(sold.table))
    return session.scalar(select(func.count()).where(Statement.period == span.period)) or 0


def foreign_shop(session: Session, *, period: str, currency: str) -> int | None:
    """A shop whose statement of this month is in another currency."""
    return session.scalar(
        select(Statement.enterprise_id).where(Statement.period == period, Statement.currency != currency).limit(1)
    )


def _sold(month: Month, span: Span, currency: str) -> Select[Any]:
    """One row a shop that sold, gave back or gives: ``shop_id`` and the members of :class:`Turnover`."""
    giving = schemes.givers(month).subquery()
    nothing = select(giving.c.enterprise_id, *(literal(0) for _ in Turnover._fields))
    parts = union_all(*turnover.sums(span, currency=currency), nothing).subquery()
    whole = [cast(func.sum(parts.c[name]), BigInteger).label(name) for name in Turnover._fields]
    return select(parts.c.shop_id, *whole).group_by(parts.c.shop_id)


def _counted(sold: Table, month: Month, currency: str) -> CTE:
    """With what is carried over: all that :func:`billing.scheme.formula.contributions` needs."""
    of = _joined(sold, month).c
    standing = of.net + of.carried_in
    known = select(
        of.shop_id.label("enterprise_id"),
        case((of.foreign > 0, _NO_CURRENCY), else_=currency).label("currency"),
        *(of[name].label(f"{name[:-1]}_count") for name in ("orders", "refunds")),
        of.late.label("late_count"),
        *(of.gross, (of.gross - of.net).label("tax"), of.net, of.carried_in),
        case((standing > 0, standing), else_=0).label("base"),
        case((standing < 0, standing), else_=0).label("carried_out"),
        func.coalesce(of.kind, literal(SchemeKind.PERCENT, Word(SchemeKind))).label("scheme"),
        func.coalesce(of.reason, "").label("scheme_reason"),
        func.coalesce(of.amount, 0).label("amount"),
        case((of.kind == SchemeKind.MARGIN, of.bought)).label("purchases"),
        *(of[name] for name in ("free_until", "free_turnover", "sold_before")),
    )
    whole = step(known, "known")
    return step(select(whole, free_part(whole, str(month)).label("free")), "counted")


def _joined(sold: Table, month: Month) -> CTE:
    """Each shop's turnover beside its last rest, its scheme, what it sold since its start and what it declared."""
    period = str(month)
    choice = step(select(ContributionScheme).where(schemes.is_in_force(month)), "choice")
    carried = step(_rests(period), "carried")
    start = step(_sold_since_start(choice, period), "start")
    bought = step(select(PurchaseDeclaration).where(PurchaseDeclaration.period == period), "bought")
    tables: FromClause = sold
    for other in (choice, carried, start, bought):
        tables = tables.outerjoin(other, other.c.enterprise_id == sold.c.shop_id)
    return step(
        select(
            sold,
            *(choice.c[name] for name in ("kind", "reason", "amount", "free_until", "free_turnover")),
            func.coalesce(carried.c.carried_out, 0).label("carried_in"),
            func.coalesce(start.c.base, 0).label("sold_before"),
            bought.c.amount.label("bought"),
        ).select_from(tables),
        "joined",
    )


def _rests(period: str) -> Select[int, int]:
    """What the last statement of each shop before ``period`` left to carry, where it did."""
    last, later = aliased(Statement), aliased(Statement)
    is_last = ~exists().where(
        later.enterprise_id == last.enterprise_id, later.period > last.period, later.period < period
    )
    return select(last.enterprise_id, last.carried_out).where(last.carried_out < 0, last.period < period, is_last)


def _sold_since_start(choice: CTE, period: str) -> Select[int, int]:
    """What was counted so far of each starting shop that was promised a free turnover."""
    is_since = and_(Statement.enterprise_id == choice.c.enterprise_id, Statement.period >= choice.c.valid_from)
    return (
        select(Statement.enterprise_id, cast(func.sum(Statement.base), BigInteger).label("base"))
        .join(choice, is_since)
        .where(choice.c.free_turnover > 0, Statement.period < period)
        .group_by(Statement.enterprise_id)
    )
