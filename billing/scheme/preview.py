"""What the last closed month would have been under other terms: every scheme's total, and whom it changes most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.scheme.contribution import Terms
from billing.scheme.formula import contributions, step
from billing.scheme.models import SchemeKind
from billing.statement.models import Closing, Statement
from shops.enterprise.models import Enterprise

#: How many shops are named.
_MOST = 10


class SchemeChange(NamedTuple):
    """One scheme's statements; contributions before tax and before any adjustment, as they were and would be."""

    scheme: SchemeKind
    statements: int
    before: int
    after: int


class ShopChange(NamedTuple):
    """One shop's month, as it was and would be; before tax and before any adjustment."""

    name: str
    permalink: str
    scheme: SchemeKind
    base: int
    before: int
    after: int


@dataclass(frozen=True)
class Preview:
    """A closed month under other terms, in minor units of ``currency``."""

    period: str
    currency: str
    schemes: Sequence[SchemeChange]
    shops: Sequence[ShopChange]
    changed: int

    @property
    def before(self) -> int:
        return sum(change.before for change in self.schemes)

    @property
    def after(self) -> int:
        return sum(change.after for change in self.schemes)


def preview_of(session: Session, terms: Terms) -> Preview | None:
    """The last closed month under ``terms``; nothing before the first.

    Promises already made to starting shops are kept, and amounts of a shop's own choice stay.
    """
    period = session.scalar(select(func.max(Closing.period)).where(Closing.finished_at.is_not(None)))
    if period is None:
        return None
    chosen = Statement.scheme == SchemeKind.VOLUNTARY
    was = select(
        Statement.enterprise_id,
        Statement.scheme,
        Statement.base,
        Statement.purchases,
        Statement.currency,
        Statement.computed.label("before"),
        case((chosen, Statement.computed), else_=0).label("amount"),
        (Statement.base - Statement.rated).label("free"),
    ).where(Statement.period == period)
    now = step(contributions(step(was, "was"), terms), "now")
    change = func.abs(now.c.computed - now.c.before)
    schemes = session.execute(
        select(now.c.scheme, func.count(), func.sum(now.c.before), func.sum(now.c.computed)).group_by(now.c.scheme)
    )
    totals = {row[0]: SchemeChange(row[0], row[1], int(row[2]), int(row[3])) for row in schemes}
    shops = session.execute(
        select(Enterprise.name, Enterprise.permalink, now.c.scheme, now.c.base, now.c.before, now.c.computed)
        .join(now, now.c.enterprise_id == Enterprise.id)
        .where(change > 0)
        .order_by(change.desc(), Enterprise.id)
        .limit(_MOST)
    )
    return Preview(
        period=period,
        currency=session.scalar(select(now.c.currency).limit(1)) or "",
        schemes=[totals[kind] for kind in SchemeKind if kind in totals],
        shops=[ShopChange(*row) for row in shops],
        changed=session.scalar(select(func.count()).select_from(now).where(change > 0)) or 0,
    )
