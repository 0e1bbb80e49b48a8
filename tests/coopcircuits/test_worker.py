"""The worker as a process of its own: killed, doubled, stopped."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from coopcircuits import clock, events, worker
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.events import relay
from coopcircuits.events.models import Delivery, DeliveryState, JobRun
from coopcircuits.jobs import HEARTBEAT
from tests.support.bell import BellBroken, BellRung

ROOT = Path(__file__).resolve().parents[2]
Hire = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def hire(settings: Settings, tmp_path: Path) -> Iterator[Hire]:
    """Starts workers; whoever is left at the end is let go."""
    hired: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        work = f"from tests.support import bell; bell.main({settings.database_url!r}, {str(tmp_path)!r})"
        hired.append(subprocess.Popen([sys.executable, "-c", work], cwd=ROOT, stderr=subprocess.DEVNULL))
        return hired[-1]

    yield start
    for process in hired:
        process.kill()
        process.wait()


def ring(database: Database, *bells: int) -> None:
    with database.transaction() as session:
        for bell in bells:
            events.record(session, BellRung(bell), actor=SYSTEM)


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def count(database: Database, pattern: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(JobRun).where(JobRun.name.like(pattern))) or 0


def failed(database: Database) -> Sequence[Delivery]:
    with database.reading() as session:
        return session.scalars(select(Delivery).where(Delivery.last_error.is_not(None))).all()


def test_killed_doubled_stopped(database: Database, hire: Hire, tmp_path: Path) -> None:
    (tmp_path / "deadly").write_text("7")
    ring(database, *range(10))
    first = hire()
    assert first.wait(90) == -signal.SIGKILL
    with database.reading() as session:
        held = session.scalar(select(Delivery).where(Delivery.state == DeliveryState.WAITING, Delivery.attempts == 1))
        assert held is not None, "the attempt that ended the process was counted"
    assert count(database, "rung 7") == 0, "and nothing of it was kept"

    with database.transaction() as session:
        events.record(session, BellBroken(99), actor=SYSTEM)
    (tmp_path / "sleepy").touch()
    ring(database, *range(10, 40))
    pair = [hire(), hire()]
    wait_for(lambda: count(database, "rung %") == 40)
    calls = Counter((tmp_path / "calls").read_text().split())
    assert calls.pop("7") == 2
    assert set(calls.values()) == {1}, "two workers at once deliver once"

    wait_for(lambda: bool(failed(database)))
    [broken] = failed(database)
    assert "RuntimeError: no spare part" in (broken.last_error or "")
    assert broken.state is DeliveryState.WAITING
    assert broken.next_attempt_at > clock.now()
    assert count(database, "repaired %") == 0
    assert count(database, HEARTBEAT) == 1

    wait_for(lambda: (tmp_path / "naps").read_text().count("z") == 2)
    start = time.monotonic()  # in the middle of a job that takes two minutes
    for process in pair:
        process.terminate()
    assert [process.wait(60) for process in pair] == [0, 0]
    assert time.monotonic() - start < 60, "two seconds on a machine that does nothing else"


def test_a_database_away_for_a_while_is_waited_for(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    absences = iter([True, True, False])

    def due(of: Database, **options: int) -> list[int]:
        if next(absences, False):
            raise OperationalError("SELECT", {}, Exception("the server is starting up"))
        return usual(of, **options)

    usual = relay.due
    monkeypatch.setattr(relay, "due", due)
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.05)
    ring(database, 1)
    stop = threading.Event()
    lane = threading.Thread(target=worker._deliver_all_day, args=(app, stop))
    lane.start()
    try:
        wait_for(lambda: not any_waiting(database))
    finally:
        stop.set()
        lane.join(5)
    assert not lane.is_alive()


def any_waiting(database: Database) -> bool:
    with database.reading() as session:
        done = session.scalar(select(func.count(Delivery.id)).where(Delivery.attempts == 1))
        return done != 1
