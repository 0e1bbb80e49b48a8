"""Closing a month beside the bare GROUP BY over the same rows."""

import time
from typing import Any

from sqlalchemy import text

import wsgi  # noqa: F401 - every floor's tables
from benchmarks.results import Result, result, say
from billing.statement import queries
from billing.statement.closing import close_month
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.period import Month

_BARE = text(
    "SELECT shop_id, sum(gross), sum(net), count(*) FROM sale_entry WHERE month = :month AND online GROUP BY shop_id"
)


def name_of(orders: int) -> str:
    """What is measured, with its size."""
    return f"closing a month of {orders:,} orders in two years"


def measure(database: Database, kind: str, *, orders: int, months: int) -> list[Result]:
    """The last ``months`` that can be closed, one after the other; each summed up just before."""
    with database.reading() as session:
        waiting = queries.months_to_close(session)
    for month in waiting[:-months]:
        close_month(database.transaction, month=month, actor=SYSTEM)
    ours = bare = 0.0
    for month in waiting[-months:]:
        seconds, shops = _summed(database, month)
        started = time.perf_counter()
        done = close_month(database.transaction, month=month, actor=SYSTEM)
        took = time.perf_counter() - started
        say(f"  {month}: {done.statements} statements, {took * 1000:,.0f} beside {seconds * 1000:,.0f} ms")
        assert done.created == shops, "every shop that sold has its statement"
        ours, bare = ours + took, bare + seconds
    many = len(waiting[-months:])
    return [result(name_of(orders), kind, ours=ours / many * 1000, limit=bare / many * 1000, unit="ms")]


def _summed(database: Database, month: Month) -> tuple[float, int]:
    with database.engine.connect() as connection:
        _rows(connection, month)  # warm: what is compared is work, not the first look at a page of the file
        started = time.perf_counter()
        rows = _rows(connection, month)
        return time.perf_counter() - started, len(rows)


def _rows(connection: Any, month: Month) -> list[Any]:
    return list(connection.execute(_BARE, {"month": str(month)}))
