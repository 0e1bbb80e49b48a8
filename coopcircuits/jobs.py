"""Periodic work: small doors onto services, driven by state ("closed and not processed"), each with its diary."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.doors import transaction
from coopcircuits.errors import NotFound
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


def all_jobs() -> list[Job]:
    return list(_jobs.values())


def names() -> list[str]:
    return sorted(_jobs)


def run_once(name: str, *, dry_run: bool = False) -> str:
    """Run one job now, in the application's context; returns its line. What stops it is written in its diary."""
    if name not in _jobs:
        raise NotFound
    started = clock.now()
    try:
        line = _jobs[name].work(dry_run)
    except Exception:
        write_diary(name, started=started, error=traceback.format_exc(limit=-3))
        raise
    if not dry_run:
        write_diary(name, started=started, said=line)
    return line


def write_diary(name: str, *, started: datetime, said: str = "", error: str | None = None) -> None:
    """Note how a run went; the last words of a run that went well stay when one fails."""
    run = {"started_at": started, "finished_at": clock.now(), "last_error": error and error[-4000:]}
    if error is None:
        run["said"] = said[:500]
    with transaction() as session:
        row = session.get(JobRun, name) or _new_row(session, name, started)
        for key, value in run.items():
            setattr(row, key, value)


def _new_row(session: Session, name: str, started: datetime) -> JobRun:
    try:
        with session.begin_nested():
            session.add(row := JobRun(name=name, started_at=started))
        return row
    except IntegrityError:  # another worker made it just now
        return session.get_one(JobRun, name)
