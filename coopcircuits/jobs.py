"""Periodic work: jobs driven by state, and the worker that runs them and delivers events."""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from coopcircuits import clock
from coopcircuits.doors import database, transaction
from coopcircuits.errors import NotFound
from coopcircuits.events import relay
from coopcircuits.events.models import JobRun

log = logging.getLogger(__name__)

#: Does its work in one transaction per item and says in a line what it did; with ``dry_run`` what it would do.
Work = Callable[[bool], str]
#: The diary's row by which others see that a worker lives.
HEARTBEAT = "worker"


@dataclass(frozen=True)
class Job:
    """Work to be done again and again. Idempotent: two workers may start it at once."""

    name: str
    every: timedelta
    work: Work


_jobs: dict[str, Job] = {}


def job(name: str, *, every: timedelta) -> Callable[[Work], Work]:
    """Register a function as a periodic job."""

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, every, work)
        return work

    return register


def names() -> list[str]:
    return sorted(_jobs)


def run_once(name: str, *, dry_run: bool = False) -> str:
    """Run one job now, in the application's context; returns its line."""
    if name not in _jobs:
        raise NotFound
    started = clock.now()
    _write_diary(name, started=started)
    line = _jobs[name].work(dry_run)
    _write_diary(name, started=started, finished=True)
    return line


def work(app: Flask, *, stop: Callable[[], bool], pause: float = 0.5) -> None:
    """The worker: deliver events and run due jobs until ``stop`` says so."""
    due: dict[str, float] = {HEARTBEAT: 0.0}
    while not stop():
        with app.app_context():
            busy = _beat(due) + deliver()
            for item in _jobs.values():
                if time.monotonic() >= due.get(item.name, 0.0):
                    due[item.name] = time.monotonic() + item.every.total_seconds()
                    _run_guarded(item.name)
        if not busy:
            time.sleep(pause)


def deliver() -> int:
    """Hand new events to their subscribers once; returns how much there was to do."""
    try:
        with transaction() as session:
            fanned = relay.fan_out(session)
        return fanned + relay.deliver_due(database())
    except Exception:  # the database may be away for a moment; the worker stays
        log.exception("events could not be delivered")
        return 0


def _beat(due: dict[str, float]) -> int:
    if time.monotonic() >= due[HEARTBEAT]:
        due[HEARTBEAT] = time.monotonic() + 10
        try:
            _write_diary(HEARTBEAT, started=clock.now(), finished=True)
        except Exception:  # as above
            log.exception("the worker could not report")
    return 0


def _run_guarded(name: str) -> None:
    try:
        log.info("%s: %s", name, run_once(name))
    except Exception:  # one job must not stop the others
        log.exception("job %s failed", name)
        try:
            _write_diary(name, started=clock.now(), error=traceback.format_exc(limit=-3))
        except Exception:  # as above
            log.exception("the failure of %s could not be written down", name)


def _write_diary(name: str, *, started: object, finished: bool = False, error: str | None = None) -> None:
    now = clock.now()
    with transaction() as session:
        session.merge(JobRun(name=name, started_at=started, finished_at=now if finished else None, last_error=error))


def init_app(app: Flask) -> None:
    app.extensions["jobs"] = _jobs
