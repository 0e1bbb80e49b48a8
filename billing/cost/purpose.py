"""Where a shop's own contribution goes: its cents by category of cost, and into the common software."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from billing.cost.models import CostCategory
from billing.cost.queries import by_month
from billing.cost.uses import uses_of
from billing.statement.models import Statement
from coopcircuits.money import allocate


class Part(NamedTuple):
    """One use: the shop's ``share`` of what was ``spent`` on it, of which receipts prove ``proved``.

    Without a category it is the instance's share of the common software.
    """

    category: CostCategory | None
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
    known = by_month(session, [statement.period for statement in statements])
    for statement in statements:
        if not statement.contribution or statement.period not in known:
            continue
        uses = [use for use in uses_of(session, [statement.period]) if use.spent > 0]
        if uses:
            uses.sort(key=lambda use: (-use.spent, use.category or ""))
            shares = allocate(statement.contribution, [use.spent for use in uses])
            parts = [Part(use.category, share, use.spent, use.proved) for use, share in zip(uses, shares, strict=True)]
            return Purpose(statement.period, statement.currency, statement.contribution, parts)
    return None
