"""What happens to budgets."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class BudgetDecided(Fact):
    """The cooperative decided what it means to spend in a year: ``total`` of all categories, in minor units."""

    subject = ("budget", "year")
    year: int
    total: int
