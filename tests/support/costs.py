"""Costs in tests."""

from datetime import date

from billing.cost.models import CostCategory, CostKind, CostScope
from billing.cost.services import CostSpec
from coopcircuits.period import Month
from tests.support.billing import OCTOBER


def spec(
    category: CostCategory,
    amount: int,
    *,
    month: Month = OCTOBER,
    scope: CostScope = CostScope.LOCAL,
    minutes: int = 0,
    tax: int = 0,
) -> CostSpec:
    """A cost of a month, ex tax in minor units; with ``minutes`` it is work given."""
    return CostSpec(
        month=month,
        category=category,
        scope=scope,
        kind=CostKind.IN_KIND if minutes else CostKind.CASH,
        label="Serveur",
        amount=amount,
        tax=tax,
        minutes=minutes,
        spent_on=date(month.year, month.number, 5),
    )
