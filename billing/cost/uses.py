"""What the money of a month was used for: its costs by category, and its share of the common software."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.models import CostCategory
from billing.cost.queries import Proof


class Use(NamedTuple):
    """One use ex tax in minor units; without a category it is the share of the commons, which is proved by a signature.

    ``given`` is work in kind, ``minutes`` its time; of what was ``spent``, receipts prove ``proved``.
    """

    category: CostCategory | None
    spent: int
    given: int = 0
    minutes: int = 0
    proved: int = 0

    @property
    def whole(self) -> int:
        return self.spent + self.given


def uses_of(session: Session, periods: Collection[str]) -> list[Use]:
    """Every use in these months, the largest first.

    Where a month is allocated, our share stands for what we spent ourselves for the common software: what was more
    comes back from the sisters, what was less goes to them.
    """
    shares = queries.shares_of_the_commons(session, periods)
    proofs = queries.proved(session, *periods, shared=shares.keys())
    uses = [
        Use(*total, proofs.get(total.category, Proof()).amount)
        for total in queries.by_category(session, *periods, shared=shares.keys())
    ]
    if common := sum(shares.values()):
        uses.append(Use(None, common))
    return sorted((use for use in uses if use.whole), key=lambda use: (-use.whole, use.category or ""))
