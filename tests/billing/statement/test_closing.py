"""A month closed by two processes at once, or by one that is killed, gives the statements of an undisturbed run."""

import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.statement.closing import close_month
from billing.statement.models import Closing, Statement
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.period import Month
from orders.sale.models import SaleKind
from tests.support.billing import Till, in_month
from tests.support.closers import close_whatever_waits, close_when_all_are_there, processes
from tests.support.people import make_user

FIRST = Month(2025, 1)
Rows = list[dict[str, Any]]
SHOPS, MONTHS = 5, 30
#: A hundred take their time: ``KILLS=100 ./test unit tests/billing/statement/test_closing.py``.
KILLS = int(os.environ.get("KILLS", "20"))


def months(count: int) -> list[Month]:
    return [FIRST.plus(number) for number in range(count)]


def over(month: Month) -> datetime:
    return month.ends_at("UTC") + timedelta(days=2)


@pytest.fixture
def ledger(database: Database) -> Callable[[int], list[Month]]:
    """Fills the ledger: sales, refunds of earlier months, negative months; returns the months."""

    def fill(count: int) -> list[Month]:
        with database.transaction() as session:
            owner = make_user(session).id
            tills = [Till(session, owner_id=owner) for _ in range(SHOPS)]
            for month in months(count):
                for number, till in enumerate(tills):
                    order = till.sell(in_month(month, 3 + number), 1_055 * (number + month.number))
                    back = 1_055 * month.number if (number + month.number) % 3 else 9_999
                    till.give_back(order, in_month(month.plus(number % 2), 20), back, SaleKind.CANCELLATION)
        return months(count)

    return fill


def rows(session: Session) -> Rows:
    """All that a closing writes, without the numbers that the database gives."""
    found: Rows = []
    for table in (Statement, Closing):
        columns = [column for column in table.__table__.columns if column.name != "id"]
        order = [column for column in columns if column.name in ("period", "enterprise_id")]
        found += [dict(row._mapping) for row in session.execute(select(*columns).order_by(*order))]
    for row in found:
        row.pop("finished_at", None)
    return found


def undisturbed(database: Database, closed: list[Month], at: Callable[[Month], datetime] = over) -> Rows:
    """What one quiet run writes; undone again."""
    with database.reading() as session:

        def same() -> AbstractContextManager[Session]:
            return nullcontext(session)

        for month in closed:
            with clock.travel(at(month)):
                close_month(same, month=month, actor=SYSTEM)
            session.flush()
        return rows(session)


def written(database: Database) -> Rows:
    with database.reading() as session:
        return rows(session)


def test_two_processes_close_the_same_month(
    settings: Settings, database: Database, ledger: Callable[[int], list[Month]]
) -> None:
    closed = ledger(3)
    expected = undisturbed(database, closed)
    for month in closed:
        ready = processes.Barrier(2)
        arguments = (settings.database_url, str(month), over(month), ready)
        closers = [processes.Process(target=close_when_all_are_there, args=arguments) for _ in range(2)]
        for closer in closers:
            closer.start()
        for closer in closers:
            closer.join(30)
        assert [closer.exitcode for closer in closers] == [0, 0]
    assert written(database) == expected
    assert any(row.get("carried_in", 0) < 0 for row in expected)


def test_closings_killed_again_and_again_end_with_the_same_statements(
    settings: Settings, database: Database, ledger: Callable[[int], list[Month]]
) -> None:
    """Each process goes on where the one before was killed, and is killed itself."""
    chance = random.Random(8)  # noqa: S311 - chooses when to kill, guards nothing
    closed = ledger(MONTHS)
    at = over(closed[-1])
    started = time.perf_counter()
    expected = undisturbed(database, closed, lambda _month: at)
    a_closing = (time.perf_counter() - started) / MONTHS
    midway = 0
    for _ in range(KILLS):
        ready = processes.Barrier(2)
        arguments = (settings.database_url, at, ready)
        closer = processes.Process(target=close_whatever_waits, args=arguments)
        closer.start()
        ready.wait(30)
        time.sleep(chance.uniform(0, 4 * a_closing))
        closer.kill()
        closer.join(30)
        with database.reading() as session:
            found = session.execute(
                select(Closing.finished_at, func.count(Statement.id))
                .outerjoin(Statement, Statement.period == Closing.period)
                .group_by(Closing.id)
            ).all()
        assert {count for finished, count in found if finished is None} <= {0}, "all statements of a month or none"
        assert {count for finished, count in found if finished is not None} <= {SHOPS}
        midway += any(finished is None for finished, _ in found)
    close_whatever_waits(settings.database_url, at, None)
    assert written(database) == expected
    assert midway, "some were killed between fixing what counts and writing it"
