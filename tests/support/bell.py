"""A worker in a process of its own, with subscribers that tests can make fail; see :func:`main`.

The effect of a delivery is a row; each call is a line of the file ``calls``. While the file ``deadly`` holds an event's
number, its subscriber writes its row and then takes the whole process down.
"""

import os
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy.orm import Session

from coopcircuits import clock, worker
from coopcircuits.app import create_app
from coopcircuits.config import Settings
from coopcircuits.events import Event, Fact, subscriber
from coopcircuits.events.models import JobRun
from coopcircuits.jobs import job

folder = Path("/nonexistent")


@dataclass(frozen=True)
class BellRung(Fact):
    """Somebody rang."""

    subject: ClassVar[tuple[str, str]] = ("bell", "bell_id")
    bell_id: int


@dataclass(frozen=True)
class BellBroken(Fact):
    """Nothing can follow from this."""

    subject: ClassVar[tuple[str, str]] = ("bell", "bell_id")
    bell_id: int


@subscriber(BellRung)
def answer_the_door(session: Session, event: Event) -> None:
    with (folder / "calls").open("a") as calls:
        calls.write(f"{event.subject_id}\n")
    session.add(JobRun(name=f"rung {event.subject_id}", started_at=clock.now()))
    session.flush()
    deadly = folder / "deadly"
    if deadly.exists() and deadly.read_text() == str(event.subject_id):
        deadly.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


@subscriber(BellBroken)
def repair_the_bell(session: Session, event: Event) -> None:
    session.add(JobRun(name=f"repaired {event.subject_id}", started_at=clock.now()))
    session.flush()
    raise RuntimeError("no spare part")


def main(url: str, place: str) -> None:
    """Work in ``place`` until stopped."""
    global folder
    folder = Path(place)
    settings = Settings.from_environment({}, database_url=url, var_dir=place, base_url="http://localhost")
    job("test.nap", every=timedelta(days=1))(_nap)
    worker.work(create_app(settings))


def _nap(dry_run: bool) -> str:
    """A job that takes far too long while the file ``sleepy`` is there."""
    if (folder / "sleepy").exists() and not dry_run:
        with (folder / "naps").open("a") as naps:
            naps.write("z\n")
        time.sleep(120)
    return ""
