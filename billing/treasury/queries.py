"""Reading what was in the accounts, and how long it lasts."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.commons import queries as reports
from billing.cost.models import Cost, CostKind
from billing.statement.queries import currency_of
from billing.treasury.models import CashBalance
from billing.treasury.runway import Position, position
from coopcircuits.errors import NotFound
from coopcircuits.events import Event
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.period import Month

#: How many months that are over can be noted, and are shown.
MONTHS = 24


class MonthEnd(NamedTuple):
    """The end of one month; nothing where it is not noted."""

    period: str
    balance: CashBalance | None
    position: Position | None


def balances(session: Session, periods: Collection[str]) -> Sequence[CashBalance]:
    """What is noted for these months."""
    return session.scalars(select(CashBalance).where(CashBalance.period.in_(periods))).all()


def month_ends(session: Session, last: Month) -> list[MonthEnd]:
    """Every month of two years up to ``last`` since the first that is noted, the earliest first."""
    periods = months_up_to(last)
    noted, measured = {row.period: row for row in balances(session, periods)}, positions(session, *periods)
    since = min(noted, default=None)
    return [MonthEnd(each, noted.get(each), measured.get(each)) for each in periods if since and each >= since]


def months_up_to(last: Month) -> list[str]:
    """The two years that can be noted once ``last`` is over, the earliest first."""
    return [str(last.plus(step)) for step in range(1 - MONTHS, 1)]


def balance_of(session: Session, period: str) -> CashBalance:
    """What is noted for a month; raises :class:`NotFound`."""
    found = session.scalar(select(CashBalance).where(CashBalance.period == period))
    if found is None:
        raise NotFound
    return found


def is_noted(session: Session, period: str) -> bool:
    return session.scalar(select(CashBalance.id).where(CashBalance.period == period)) is not None


def positions(session: Session, *periods: str) -> dict[str, Position]:
    """The cash position of each of these months that is noted."""
    wanted = select(CashBalance.period, CashBalance.amount).where(CashBalance.period.in_(periods))
    found = session.execute(wanted).all()
    if not found:
        return {}
    spending, currency = _spending(session), currency_of(session)
    return {period: position(period, amount, spending=spending, currency=currency) for period, amount in found}


def position_of(session: Session, period: str) -> Position | None:
    """The cash position of a month, where it is noted."""
    return positions(session, period).get(period)


def last_position(session: Session) -> Position | None:
    """The latest one."""
    period = session.scalar(select(func.max(CashBalance.period)))
    return position_of(session, period) if period else None


def told(session: Session) -> dict[str, int]:
    """The cash of each month whose latest published report tells it, as it stands there."""
    latest = {report.period: parse_envelope(report.envelope).payload for report in reports.with_content(session)}
    return {period: payload["balance"]["cash_end"] for period, payload in latest.items() if "balance" in payload}


def last_told(session: Session) -> Position | None:
    """The latest position that everybody may know, as a published report tells it."""
    known = told(session)
    if not known:
        return None
    period = max(known)
    return position(period, known[period], spending=_spending(session), currency=currency_of(session))


def happenings(session: Session, balance_id: int) -> Sequence[Event]:
    """What was done to a balance, the latest first."""
    return session.scalars(
        select(Event)
        .where(Event.subject_type == "cash_balance", Event.subject_id == balance_id)
        .order_by(Event.id.desc())
    ).all()


def _spending(session: Session) -> dict[str, int]:
    """Money spent in each month for which the register has a cost, ex tax in minor units."""
    cash = func.coalesce(func.sum(Cost.amount).filter(Cost.kind == CostKind.CASH), 0)
    return {period: int(spent) for period, spent in session.execute(select(Cost.period, cash).group_by(Cost.period))}
