"""Where a shop's own contribution goes: its cents by category of cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.queries import CategoryTotal
from billing.statement.models import Statement
from coopcircuits.money import allocate


@dataclass(frozen=True)
class Purpose:
    """A month's contribution ex tax, split as the money of that month was spent; in minor units of ``currency``.

    Money bears no mark, so this is an estimate; its parts add up to the contribution to the cent.
    """

    period: str
    currency: str
    contribution: int
    parts: Sequence[tuple[CategoryTotal, int]]

    @property
    def spent(self) -> int:
        return sum(total.spent for total, _part in self.parts)


def purpose_of(session: Session, statements: Sequence[Statement]) -> Purpose | None:
    """The latest of these statements (latest first) that gave something in a month with money spent."""
    for statement in statements:
        if not statement.contribution:
            continue
        totals = [total for total in queries.by_category(session, statement.period) if total.spent]
        if totals:
            totals.sort(key=lambda total: (-total.spent, total.category))
            parts = allocate(statement.contribution, [total.spent for total in totals])
            return Purpose(
                statement.period, statement.currency, statement.contribution, list(zip(totals, parts, strict=True))
            )
    return None
