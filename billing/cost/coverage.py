"""How far contributions cover the costs, month by month: all of it for the cooperative, what is safe for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.commons.suppression import CONTRIBUTION_STEP, MIN_SHOPS, round_to, unsafe_sizes
from billing.cost import queries
from billing.cost.queries import MonthCosts, per_cent_of
from billing.scheme.models import SchemeKind
from billing.statement import queries as statements
from coopcircuits.money import exponent

#: How many closed months are shown.
MONTHS = 12


@dataclass(frozen=True)
class MonthCovered:
    """A closed month ex tax in minor units; ``contributions`` is nothing where their sum must not be known."""

    period: str
    costs: MonthCosts
    contributions: int | None

    @property
    def self_financing(self) -> int | None:
        """Contributions ÷ (own costs + share of the commons), in whole per cent rounded down; money only."""
        return None if self.contributions is None else per_cent_of(self.contributions, self.costs.spent)

    @property
    def with_work(self) -> int | None:
        """The same with the work that was given among the costs."""
        return None if self.contributions is None else per_cent_of(self.contributions, self.costs.whole)


def coverage(session: Session, periods: Sequence[str] | None = None) -> list[MonthCovered]:
    """These closed months, or the last twelve, the earliest first; for the cooperative's eyes."""
    wanted = _months(session, periods)
    costs, given = queries.by_month(session, wanted), queries.given_by_month(session, wanted)
    return [
        MonthCovered(period, costs.get(period, MonthCosts()), given[period].total if period in given else 0)
        for period in wanted
    ]


def public_coverage(session: Session, periods: Sequence[str] | None = None) -> list[MonthCovered]:
    """The same as anybody may see it: contributions in whole units of the currency, and only where at least five shops
    gave and none stands out, by the rule of the federation's reports (:mod:`billing.commons.suppression`)."""
    wanted = _months(session, periods)
    costs, given = queries.by_month(session, wanted), queries.given_by_month(session, wanted)
    step = CONTRIBUTION_STEP * 10 ** exponent(statements.currency_of(session))
    shown: dict[str, int | None] = dict.fromkeys(wanted, 0)
    for period, sums in given.items():
        hidden = unsafe_sizes(sums.shops, sums.total, sums.largest, sums.second)
        shown[period] = None if hidden else round_to(sums.total, step)
    return [MonthCovered(period, costs.get(period, MonthCosts()), shown[period]) for period in wanted]


def shops_by_scheme(session: Session, period: str) -> list[tuple[SchemeKind, int | None]]:
    """How many shops a month's statements are about, by scheme; nothing where they are fewer than five."""
    found = queries.statements_by_scheme(session, period)
    return [(kind, found[kind] if found[kind] >= MIN_SHOPS else None) for kind in SchemeKind if kind in found]


def _months(session: Session, periods: Sequence[str] | None) -> list[str]:
    return sorted(statements.closed_periods(session)[:MONTHS] if periods is None else periods)
