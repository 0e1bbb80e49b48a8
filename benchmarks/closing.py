"""Closing a well-filled month beside the bare GROUP BY over the same rows, in rounds that alternate."""

import statistics
import time
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, select, text

import wsgi  # noqa: F401 - every floor's tables
from benchmarks.results import Result, result, say
from billing.statement.closing import close_month
from billing.statement.models import Closing, Statement
from billing.statement.queries import months_to_close
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.period import Month
from orders.sale.models import SaleEntry

_BARE = text(
    "SELECT shop_id, sum(gross), sum(net), count(*) FROM sale_entry WHERE month = :month AND online GROUP BY shop_id"
)


def name_of(entries: int) -> str:
    """What is measured, with its size."""
    return f"closing a month of {entries:,} orders"


def measure(database: Database, kind: str, *, entries: int, rounds: int) -> list[Result]:
    """The last month that is over, filled up to ``entries`` sales, summed up and closed in turn."""
    with database.reading() as session:
        *before, month = months_to_close(session)
    for earlier in before:
        close_month(database.transaction, month=earlier, actor=SYSTEM)
    _fill(database, month, entries)
    ours, bare = [], []
    _summed(database, month)  # warm: what is compared is work, not the first look at a page of the file
    for _ in range(rounds):
        seconds, shops = _summed(database, month)
        bare.append(seconds)
        started = time.perf_counter()
        done = close_month(database.transaction, month=month, actor=SYSTEM)
        ours.append(time.perf_counter() - started)
        say(f"  {month}: {done.created} statements, {ours[-1] * 1000:,.0f} beside {bare[-1] * 1000:,.0f} ms")
        assert done.created >= shops, "every shop that sold has its statement"
        _reopen(database, month)
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return [result(name_of(entries), kind, ours=mine * 1000, limit=theirs * 1000, unit="ms")]


def _fill(database: Database, month: Month, entries: int) -> None:
    """Repeat what shops sold, in this month, until there is enough of it."""
    columns = [column for column in SaleEntry.__table__.columns if column.name not in ("id", "month", "at")]
    names = [column.name for column in columns]
    at: datetime = month.starts_at("UTC")
    with database.transaction() as session:
        while (missing := entries - _count(session, month)) > 0:
            rows = select(*columns, literal(str(month)), literal(at, SaleEntry.at.type)).where(SaleEntry.gross > 0)
            table: Any = SaleEntry.__table__
            session.execute(table.insert().from_select([*names, "month", "at"], rows.limit(missing)))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _count(session: Any, month: Month) -> int:
    return session.scalar(select(func.count()).where(SaleEntry.month == str(month))) or 0


def _reopen(database: Database, month: Month) -> None:
    """For the next round; nothing else may."""
    with database.transaction() as session:
        session.execute(delete(Statement).where(Statement.period == str(month)))
        session.execute(delete(Closing).where(Closing.period == str(month)))


def _summed(database: Database, month: Month) -> tuple[float, int]:
    with database.engine.connect() as connection:
        started = time.perf_counter()
        rows = connection.execute(_BARE, {"month": str(month)}).all()
        return time.perf_counter() - started, len(rows)
