"""Reading what running the instance costs."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload, undefer

from billing.allocation.queries import own_shares
from billing.cost.models import Cost, CostCategory, CostKind, CostReceipt, CostScope
from billing.scheme.models import SchemeKind
from billing.statement.models import Statement
from billing.statement.queries import currency_of
from coopcircuits.errors import NotFound
from coopcircuits.events import Event


class CategoryTotal(NamedTuple):
    """One category of a month, ex tax in minor units; ``given`` is work in kind, ``minutes`` its time."""

    category: CostCategory
    spent: int
    given: int
    minutes: int

    @property
    def whole(self) -> int:
        return self.spent + self.given


class Proof(NamedTuple):
    """Costs with a receipt: how many, and their sum ex tax in minor units."""

    costs: int = 0
    amount: int = 0


class MonthCosts(NamedTuple):
    """A month, or several, ex tax in minor units: money spent for this instance (``own``), its share of the software
    that sister instances have in common (``common``), and what the work given to either would have cost."""

    own: int = 0
    common: int = 0
    given: int = 0

    @property
    def spent(self) -> int:
        return self.own + self.common

    @property
    def whole(self) -> int:
        return self.spent + self.given


def costs_of(session: Session, period: str) -> Sequence[Cost]:
    """Every cost of a month with its receipts, the latest first."""
    return session.scalars(
        select(Cost)
        .where(Cost.period == period)
        .options(selectinload(Cost.receipts))
        .order_by(Cost.spent_on.desc(), Cost.id.desc())
    ).all()


def cost_of(session: Session, cost_id: int) -> Cost:
    """One cost with its receipts; raises :class:`NotFound`."""
    return _found(session.scalar(_one(cost_id)))


def lock_cost(session: Session, cost_id: int) -> Cost:
    """The same, held until the transaction ends."""
    return _found(session.scalar(_one(cost_id).with_for_update()))


def _one(cost_id: int) -> Select[Cost]:
    return select(Cost).where(Cost.id == cost_id).options(selectinload(Cost.receipts))


def _found(cost: Cost | None) -> Cost:
    if cost is None:
        raise NotFound
    return cost


def receipt_of(session: Session, *, cost_id: int, receipt_id: int) -> CostReceipt:
    """A receipt with its content; raises :class:`NotFound`."""
    found = session.scalar(
        select(CostReceipt)
        .where(CostReceipt.id == receipt_id, CostReceipt.cost_id == cost_id)
        .options(undefer(CostReceipt.content))
    )
    if found is None:
        raise NotFound
    return found


def others_proved_by(session: Session, cost: Cost) -> Sequence[Cost]:
    """Other costs that hold one of the same documents: a bill split in two, or entered twice."""
    digests = [receipt.sha256 for receipt in cost.receipts]
    holding = select(CostReceipt.cost_id).where(CostReceipt.sha256.in_(digests), CostReceipt.cost_id != cost.id)
    return session.scalars(select(Cost).where(Cost.id.in_(holding)).order_by(Cost.period, Cost.id)).all()


def happenings(session: Session, cost_id: int) -> Sequence[Event]:
    """What was done to a cost, the latest first."""
    return session.scalars(
        select(Event).where(Event.subject_type == "cost", Event.subject_id == cost_id).order_by(Event.id.desc())
    ).all()


def proved(session: Session, *periods: str, shared: Collection[str] = ()) -> dict[CostCategory, Proof]:
    """How much of the money spent in these months is proved by a receipt, by category, where any is.

    In the ``shared`` ones money spent for the common software is left out.
    """
    rows = session.execute(
        select(Cost.category, func.count(), func.sum(Cost.amount))
        .where(Cost.period.in_(periods), _spent_besides(shared), Cost.receipts.any())
        .group_by(Cost.category)
    )
    return {category: Proof(count, int(amount)) for category, count, amount in rows}


def by_category(session: Session, *periods: str, shared: Collection[str] = ()) -> list[CategoryTotal]:
    """The costs of a month, or of several, summed by category, the largest first.

    In the ``shared`` ones money spent for the common software is left out.
    """
    of_cash = func.coalesce(func.sum(Cost.amount).filter(_spent_besides(shared)), 0)
    in_kind = func.coalesce(func.sum(Cost.amount).filter(Cost.kind == CostKind.IN_KIND), 0)
    rows = session.execute(
        select(Cost.category, of_cash, in_kind, func.sum(Cost.minutes))
        .where(Cost.period.in_(periods))
        .group_by(Cost.category)
    )
    found = [CategoryTotal(category, int(spent), int(given), int(minutes)) for category, spent, given, minutes in rows]
    return sorted(found, key=lambda total: (-total.whole, total.category))


def _spent_besides(shared: Collection[str]) -> ColumnElement[bool]:
    """Money, without what was spent for the common software in these months."""
    return and_(Cost.kind == CostKind.CASH, or_(Cost.scope != CostScope.COMMON, Cost.period.not_in(shared)))


def shares_of_the_commons(session: Session, periods: Collection[str]) -> dict[str, int]:
    """What the sisters' key of sharing gives us to carry in each of these months that is allocated."""
    return own_shares(session, periods, currency_of(session))


def by_month(session: Session, periods: Collection[str]) -> dict[str, MonthCosts]:
    """What each of these months cost, where anything is known.

    The share of the commons is that of the month's allocation; before there is one, what we spent for it ourselves.
    """

    def summed(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(Cost.amount).filter(*conditions), 0)

    rows = session.execute(
        select(
            Cost.period,
            summed(Cost.kind == CostKind.CASH, Cost.scope == CostScope.LOCAL),
            summed(Cost.kind == CostKind.CASH, Cost.scope == CostScope.COMMON),
            summed(Cost.kind == CostKind.IN_KIND),
        )
        .where(Cost.period.in_(periods))
        .group_by(Cost.period)
    )
    found = {period: MonthCosts(*map(int, sums)) for period, *sums in rows}
    for period, share in shares_of_the_commons(session, periods).items():
        found[period] = found.get(period, MonthCosts())._replace(common=share)
    return found


class Given(NamedTuple):
    """The contributions of a month's statements, ex tax: how many are not 0, their sum, the two largest."""

    shops: int
    total: int
    largest: int
    second: int


def given_by_month(session: Session, periods: Collection[str]) -> dict[str, Given]:
    """What the shops gave in each of these months, as far as their statements are written."""
    rank = func.row_number().over(partition_by=Statement.period, order_by=Statement.contribution.desc())
    ranked = (
        select(Statement.period, Statement.contribution, rank.label("rank"))
        .where(Statement.period.in_(periods))
        .subquery()
    )

    def at(place: int) -> ColumnElement[int]:
        return func.coalesce(func.sum(ranked.c.contribution).filter(ranked.c.rank == place), 0)

    rows = session.execute(
        select(
            ranked.c.period,
            func.count().filter(ranked.c.contribution != 0),
            func.sum(ranked.c.contribution),
            at(1),
            at(2),
        ).group_by(ranked.c.period)
    )
    return {period: Given(*map(int, figures)) for period, *figures in rows}


def statements_by_scheme(session: Session, period: str) -> dict[SchemeKind, int]:
    """How many statements of a month follow each scheme."""
    rows = session.execute(
        select(Statement.scheme, func.count()).where(Statement.period == period).group_by(Statement.scheme)
    )
    return {scheme: int(count) for scheme, count in rows}


def online_orders(session: Session, periods: Collection[str], *, enterprise_id: int) -> tuple[int, int]:
    """Online orders in the statements of these months: of all shops, and of one."""
    mine = func.coalesce(func.sum(Statement.order_count).filter(Statement.enterprise_id == enterprise_id), 0)
    everyone, own = session.execute(
        select(func.coalesce(func.sum(Statement.order_count), 0), mine).where(Statement.period.in_(periods))
    ).one()
    return int(everyone), int(own)


def periods(session: Session) -> Sequence[str]:
    """Months that have costs, the latest first."""
    return session.scalars(select(Cost.period).distinct().order_by(Cost.period.desc())).all()


def per_cent_of(contributions: int, costs: int) -> int | None:
    """How far contributions cover costs, in whole per cent rounded down; nothing without costs."""
    return contributions * 100 // costs if costs > 0 else None
