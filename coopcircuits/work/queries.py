"""Reading how the work behind the scenes goes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits.events.models import Delivery, DeliveryState, Event, JobRun


@dataclass(frozen=True)
class Stuck:
    """A delivery that failed at least once, with its event."""

    delivery: Delivery
    event: Event


def reason(error: str) -> str:
    """The line of a traceback that says what happened ("KeyError: 'slot'")."""
    telling = [line for line in error.splitlines() if re.match(r"[\w.]+(:|$)", line)]
    return (telling or error.strip().splitlines() or [""])[-1][:120]


def stuck_deliveries(session: Session, *, most: int = 100) -> Sequence[Stuck]:
    """Deliveries given up first, then those that failed and are tried again; the latest first."""
    rows = session.execute(
        select(Delivery, Event)
        .join(Event, Event.id == Delivery.event_id)
        .where(Delivery.state != DeliveryState.DONE, Delivery.last_error.is_not(None))
        .order_by(Delivery.state, Delivery.id.desc())
        .limit(most)
    )
    return [Stuck(*row) for row in rows]


def count_waiting(session: Session) -> int:
    """Deliveries and events that the worker has not come to yet."""
    waiting = select(func.count(Delivery.id)).where(Delivery.state == DeliveryState.WAITING)
    fresh = select(func.count(Event.id)).where(Event.dispatched_at.is_(None))
    return (session.scalar(waiting) or 0) + (session.scalar(fresh) or 0)


def job_runs(session: Session) -> Sequence[JobRun]:
    """The diary of periodic jobs, those that failed first."""
    return session.scalars(select(JobRun).order_by(JobRun.last_error.is_(None), JobRun.name)).all()
