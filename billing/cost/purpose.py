"""Where a shop's own contribution goes: its cents by category of cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.models import CostCategory
from billing.cost.queries import Proof
from billing.statement.models import Statement
from coopcircuits.money import allocate


class Part(NamedTuple):
    """One category: the shop's ``share`` of what was ``spent`` on it, of which receipts prove ``proved``."""

    category: CostCategory
    share: int
    spent: int
    proved: int


@dataclass(frozen=True)
class Purpose:
    """A month's contribution ex tax, split as the money of that month was spent; in minor units of ``currency``.

    Money bears no mark, so this is an estimate; its parts add up to the contribution to the cent.
    """

    period: str
    currency: str
    contribution: int
    parts: Sequence[Part]

    @property
    def spent(self) -> int:
        return sum(part.spent for part in self.parts)

    @property
    def proved(self) -> int:
        return sum(part.proved for part in self.parts)


def purpose_of(session: Session, statements: Sequence[Statement]) -> Purpose | None:
    """The latest of these statements (latest first) that gave something in a month with money spent."""
    for statement in statements:
        if not statement.contribution:
            continue
        totals = [total for total in queries.by_category(session, statement.period) if total.spent]
        if totals:
            totals.sort(key=lambda total: (-total.spent, total.category))
            shares = allocate(statement.contribution, [total.spent for total in totals])
            proofs = queries.proved(session, statement.period)
            parts = [
                Part(total.category, share, total.spent, proofs.get(total.category, Proof()).amount)
                for total, share in zip(totals, shares, strict=True)
            ]
            return Purpose(statement.period, statement.currency, statement.contribution, parts)
    return None
