"""Reading what probes found."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.availability.models import Outage, ProbedDay, Watch
from billing.availability.outage import Down, State, summed, unfinished
from billing.commons.figures import Availability
from coopcircuits import clock
from coopcircuits.period import Month


@dataclass(frozen=True)
class Day:
    """A civil day: how long the instance was down on it, in seconds."""

    day: date
    down_seconds: int


def watch(session: Session) -> Watch | None:
    return session.get(Watch, 1)


def lock_watch(session: Session) -> Watch | None:
    """The same, held until the transaction ends."""
    return session.scalar(select(Watch).where(Watch.id == 1).with_for_update())


def state_of(row: Watch) -> State:
    """The row as the calculation reads it."""
    return State(row.last_at, row.failing_since, tuple(row.answers), row.down_since, row.cause)


def outages(session: Session, starts: datetime, ends: datetime, *, now: datetime) -> list[Down]:
    """Every outage between two instants, cut to them, the one that lasts included; the earliest first."""
    rows = session.scalars(
        select(Outage).where(Outage.starts_at < ends, Outage.ends_at > starts).order_by(Outage.starts_at)
    )
    found = [Down(row.starts_at, row.ends_at, row.cause) for row in rows]
    held = watch(session)
    if held is not None and (lasting := unfinished(state_of(held), min(now, ends))) is not None:
        found.append(lasting)
    return [part for outage in found if (part := outage.within(starts, ends)) is not None]


def measured(session: Session, month: Month, zone: str, *, now: datetime) -> Availability:
    """What the report of a month says, as far as it has gone."""
    starts, ends = month.starts_at(zone), month.ends_at(zone)
    probes = session.scalar(
        select(func.sum(ProbedDay.probes)).where(
            ProbedDay.day >= month.first_day, ProbedDay.day < month.plus(1).first_day
        )
    )
    return summed(outages(session, starts, ends, now=now), probes=int(probes or 0), starts=starts, ends=ends)


def days(session: Session, month: Month, zone: str, *, now: datetime) -> list[Day]:
    """Each day of a month from the first to the last one that was probed, with how long the instance was down on it."""
    first, last = session.execute(
        select(func.min(ProbedDay.day), func.max(ProbedDay.day)).where(
            ProbedDay.day >= month.first_day, ProbedDay.day < month.plus(1).first_day
        )
    ).one()
    if first is None:
        return []
    down = outages(session, month.starts_at(zone), month.ends_at(zone), now=now)
    every = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return [Day(day, _seconds(down, day, zone)) for day in every]


def _seconds(down: list[Down], day: date, zone: str) -> int:
    starts, ends = (clock.at_local(one, 0, 0, zone) for one in (day, day + timedelta(days=1)))
    return sum(part.seconds for outage in down if (part := outage.within(starts, ends)) is not None)
