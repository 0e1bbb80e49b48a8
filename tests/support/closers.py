"""Processes of their own that close a month, so that tests can run two at once or kill one."""

import multiprocessing
from datetime import datetime
from multiprocessing.synchronize import Barrier

from billing.statement import queries
from billing.statement.closing import close_month
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.period import Month

#: Children start from a small process that has everything imported, not from a copy of the test runner.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.support.closers", "wsgi"])


def close_when_all_are_there(url: str, period: str, at: datetime, ready: Barrier) -> None:
    """Connect, wait for the others, close."""
    database = Database(url)
    with database.reading() as session:
        session.connection()
    ready.wait(timeout=30)
    with clock.travel(at):
        close_month(database.transaction, month=Month.parse(period), actor=SYSTEM)


def close_whatever_waits(url: str, at: datetime, ready: Barrier | None) -> None:
    """Connect, say so, close every month that is over."""
    database = Database(url)
    with database.reading() as session:
        session.connection()
    if ready:
        ready.wait(timeout=30)
    with clock.travel(at):
        while True:
            with database.reading() as session:
                waiting = queries.months_to_close(session)
            if not waiting:
                break
            close_month(database.transaction, month=waiting[0], actor=SYSTEM)
    database.engine.dispose()
