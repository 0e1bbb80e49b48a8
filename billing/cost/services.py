"""Write down what running the instance costs."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.cost.models import Cost, CostCategory, CostKind, CostScope
from billing.events import CostRegistered, CostRemoved
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_
from coopcircuits.period import Month


@dataclass(frozen=True)
class CostSpec:
    """A cost as it is entered: ``amount`` ex tax and ``tax`` in minor units, ``minutes`` for work in kind."""

    month: Month
    category: CostCategory
    scope: CostScope
    kind: CostKind
    label: str
    amount: int
    tax: int
    minutes: int
    spent_on: date


def register_cost(session: Session, *, actor: Actor, cost: CostSpec) -> Cost:
    """Enter one cost of one month; raises :class:`InvalidInput` naming the field.

    Work in kind says how long it took; it bears no tax.
    """
    if cost.kind is CostKind.IN_KIND and cost.minutes <= 0:
        raise InvalidInput(N_("Say how long the work took."), field="minutes")
    if cost.kind is CostKind.IN_KIND and cost.tax:
        raise InvalidInput(N_("Work that was given bears no tax."), field="tax")
    if cost.kind is CostKind.CASH and cost.amount <= 0:
        raise InvalidInput(N_("Write what was paid, before tax."), field="amount")
    row = Cost(
        period=str(cost.month),
        category=cost.category,
        scope=cost.scope,
        kind=cost.kind,
        label=cost.label,
        amount=cost.amount,
        tax=cost.tax,
        minutes=cost.minutes if cost.kind is CostKind.IN_KIND else 0,
        spent_on=cost.spent_on,
        entered_by=actor.label,
        entered_at=clock.now(),
    )
    session.add(row)
    session.flush()
    events.record(session, CostRegistered(cost_id=row.id, period=row.period, amount=row.amount), actor=actor)
    return row


def remove_cost(session: Session, *, actor: Actor, cost_id: int) -> Cost:
    """Take out a cost entered by mistake; the audit trail keeps that it was there."""
    row = session.get(Cost, cost_id)
    if row is None:
        raise NotFound
    session.delete(row)
    events.record(session, CostRemoved(cost_id=row.id, period=row.period, amount=row.amount), actor=actor)
    return row
