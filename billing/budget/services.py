"""Decide what a year may cost."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from billing.budget import queries
from billing.budget.events import BudgetDecided
from billing.budget.models import BudgetLine
from billing.cost.models import CostCategory
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.cooperative.queries import lock_cooperative


def decide_budget(
    session: Session, *, actor: Actor, year: int, amounts: Mapping[CostCategory, int]
) -> list[BudgetLine]:
    """Set the budget of these categories in a year (minor units ex tax, not negative); others stay as they are."""
    lock_cooperative(session)
    known = queries.lines_of(session, year)
    for category, amount in amounts.items():
        line = known.get(category)
        if line is None:
            line = known[category] = BudgetLine(year=year, category=category)
            session.add(line)
        elif line.amount == amount:
            continue
        line.amount, line.decided_by, line.decided_at = amount, actor.label, clock.now()
    session.flush()
    total = sum(line.amount for line in known.values())
    events.record(session, BudgetDecided(year=year, total=total), actor=actor)
    return list(known.values())
