"""Keep what a probe saw."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing.availability import queries
from billing.availability.models import Outage, ProbedDay, Watch
from billing.availability.outage import Down, Probe, State, first, follow, unfinished
from billing.commons.queries import lock_publishing
from coopcircuits import clock


def keep_probe(session: Session, *, at: datetime, milliseconds: int | None) -> bool:
    """Note one look; whether it counted: another worker may have looked just before.

    ``milliseconds`` is the slower of the two answers, nothing where one failed.
    """
    home = lock_publishing(session)  # so that two workers never begin at once
    probe, held = Probe(at, milliseconds), queries.lock_watch(session)
    if held is None:
        held = Watch(id=1)
        session.add(held)
        _write(held, first(probe))
    else:
        before = queries.state_of(held)
        if not before.counts(probe):
            return False
        state, ended = follow(before, probe)
        _write(held, state)
        _keep_outage(session, ended)
    _count(session, probe, home.zone)
    return True


def stop_watch(session: Session, *, at: datetime) -> bool:
    """Nobody probes any more, by decision: what follows is not measured, what was down stays. Whether anybody did."""
    held = queries.lock_watch(session)
    if held is None:
        return False
    _keep_outage(session, unfinished(queries.state_of(held), at))
    session.delete(held)
    return True


def _write(held: Watch, state: State) -> None:
    held.last_at, held.failing_since, held.answers = state.last_at, state.failing_since, list(state.answers)
    held.down_since, held.cause = state.down_since, state.cause


def _keep_outage(session: Session, ended: Down | None) -> None:
    if ended is not None:
        session.add(Outage(starts_at=ended.starts, ends_at=ended.ends, cause=ended.cause))


def _count(session: Session, probe: Probe, zone: str) -> None:
    day = clock.local_date(probe.at, zone)
    failed = int(probe.milliseconds is None)
    row = session.get(ProbedDay, day)
    if row is None:
        session.add(ProbedDay(day=day, probes=1, failed=failed))
        return
    session.execute(
        update(ProbedDay)
        .where(ProbedDay.day == day)
        .values(probes=ProbedDay.probes + 1, failed=ProbedDay.failed + failed)
    )
