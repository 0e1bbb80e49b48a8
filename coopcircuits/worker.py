"""The worker: delivers events and runs periodic jobs, each in a thread of its own so that none holds up another.

It may be stopped at any instant, even by ``kill -9``: whatever it had not finished is rolled back and done again.
"""

import logging
import os
import signal
import threading
import time

from flask import Flask

from coopcircuits import clock, jobs
from coopcircuits.doors import database
from coopcircuits.events import relay

log = logging.getLogger(__name__)

#: Seconds: between two looks at an empty outbox, between two signs of life, until a stop is no longer polite.
_LOOK, _BEAT, _PATIENCE = 0.5, 10.0, 1.5
#: Seconds a thread waits at most after failing again and again, as when the database is away.
_LONGEST_PAUSE = 60.0


def work(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; returns within two seconds of it."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    lanes = [threading.Thread(target=_deliver_all_day, args=(app, stop), name="events", daemon=True)]
    for item in jobs.all_jobs():
        lanes.append(threading.Thread(target=_repeat, args=(app, item, stop), name=item.name, daemon=True))
    for lane in lanes:
        lane.start()
    stop.wait()
    deadline = time.monotonic() + _PATIENCE
    for lane in lanes:
        lane.join(max(0.0, deadline - time.monotonic()))
    if busy := [lane.name for lane in lanes if lane.is_alive()]:
        log.warning("stopped in the middle of %s; it will be done again", ", ".join(busy))
        logging.shutdown()
        os._exit(0)  # as safe as any crash here, and a thread deep in a slow call cannot be asked


def deliver_once(app: Flask, stop: threading.Event | None = None) -> int:
    """Hand what waits in the outbox to its subscribers; returns how many deliveries were tried."""
    with app.app_context():
        due = relay.due(database())
    for delivery_id in due:
        if stop is not None and stop.is_set():
            break
        with app.app_context():  # one each, so that nothing read for one is kept for the next
            relay.deliver(database(), delivery_id)
    return len(due)


def _deliver_all_day(app: Flask, stop: threading.Event) -> None:
    next_beat = failures = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= next_beat:
                with app.app_context():
                    jobs.write_diary(jobs.HEARTBEAT, started=clock.now())
                next_beat = time.monotonic() + _BEAT
            pause = 0.0 if deliver_once(app, stop) else _LOOK
            failures = 0
        except Exception:  # the database may be away for a while; the worker stays
            log.exception("events could not be delivered")
            failures += 1
            pause = min(2**failures, _LONGEST_PAUSE)
        stop.wait(pause)


def _repeat(app: Flask, item: jobs.Job, stop: threading.Event) -> None:
    usual, failures = item.every.total_seconds(), 0
    while not stop.is_set():
        try:
            with app.app_context():
                if line := jobs.run_once(item.name):
                    log.info("%s: %s", item.name, line)
            failures = 0
        except Exception:  # one job must not stop the others; its diary says what happened
            log.exception("job %s failed", item.name)
            failures += 1
        stop.wait(max(usual, min(2.0**failures, _LONGEST_PAUSE)) if failures else usual)
