"""Reading what our own month is made of, set-based, and what we published."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, defer

from billing.commons.figures import Cost, Sales
from billing.commons.models import PublishedReport, ReportState
from billing.cost.models import Cost as CostEntry
from billing.cost.models import CostKind
from billing.statement import queries as statements
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.period import Month
from orders.order.models import Order
from orders.sale.models import SaleEntry, SaleKind
from shops.enterprise.models import Enterprise, EnterpriseState, Sells

#: What work given in kind is valued by: the amount that the cooperative wrote beside the minutes.
DECLARED_RATE = "declared"


class Activity(NamedTuple):
    """How many orders, shops with at least one of them, and people behind them."""

    completed: int
    cancelled: int
    active_shops: int
    shoppers: int


# ---------------------------------------------------------------- the month


def sales_by_shop(session: Session, month: Month, zone: str) -> dict[int, Sales]:
    """Sales of every shop between the bounds of the month in ``zone``, by shop id; a single pass over the ledger.

    An entry that raises what a shopper owes is gross, one that lowers it is a refund; both with tax and deposits.
    """
    owed = SaleEntry.gross + SaleEntry.deposits
    rows = session.execute(
        select(
            SaleEntry.shop_id,
            func.sum(case((owed > 0, owed), else_=0)),
            func.sum(case((owed < 0, -owed), else_=0)),
            func.sum(SaleEntry.tax),
            func.sum(SaleEntry.deposits),
        )
        .where(_within(month, zone))
        .group_by(SaleEntry.shop_id)
        .order_by(SaleEntry.shop_id)
    )
    return {shop_id: Sales(*map(int, sums)) for shop_id, *sums in rows}


def activity(session: Session, month: Month, zone: str) -> Activity:
    """Orders completed and cancelled in the month; people are told apart by their address, all shops together."""
    sold = SaleEntry.kind == SaleKind.SALE
    completed, shops, shoppers = session.execute(
        select(func.count(), func.count(SaleEntry.shop_id.distinct()), func.count(Order.email.distinct()))
        .join(Order, Order.id == SaleEntry.order_id)
        .where(_within(month, zone), sold)
    ).one()
    cancelled = session.scalar(
        select(func.count()).where(_within(month, zone), SaleEntry.kind == SaleKind.CANCELLATION)
    )
    return Activity(completed, cancelled or 0, shops, shoppers)


def foreign_shop(session: Session, month: Month, zone: str, currency: str) -> str | None:
    """The name of a shop that sold in another currency than ``currency`` in the month, if there is one."""
    return session.scalar(
        select(Enterprise.name)
        .join(SaleEntry, SaleEntry.shop_id == Enterprise.id)
        .where(_within(month, zone), SaleEntry.currency != currency)
        .limit(1)
    )


def registered_shops(session: Session, *, before: datetime, active: Iterable[int]) -> int:
    """Shops that existed ``before`` and are open for business, or were ``active`` then."""
    open_shop = and_(Enterprise.state == EnterpriseState.ACTIVE, Enterprise.sells != Sells.NONE)
    found = session.scalar(
        select(func.count())
        .select_from(Enterprise)
        .where(or_(and_(open_shop, Enterprise.created_at < before), Enterprise.id.in_(list(active))))
    )
    return found or 0


def costs(session: Session, month: Month) -> list[Cost]:
    """The cost register's month, summed by category, scope and kind: labels and suppliers stay at home."""
    rows = session.execute(
        select(
            CostEntry.category,
            CostEntry.scope,
            CostEntry.kind,
            func.sum(CostEntry.amount),
            func.sum(CostEntry.minutes),
        )
        .where(CostEntry.period == str(month))
        .group_by(CostEntry.category, CostEntry.scope, CostEntry.kind)
    )
    return [
        Cost(
            category,
            scope,
            kind,
            int(amount),
            minutes=int(minutes) if kind is CostKind.IN_KIND else None,
            rate_ref=DECLARED_RATE if kind is CostKind.IN_KIND else None,
        )
        for category, scope, kind, amount, minutes in sorted(rows)  # databases sort words in their own ways
    ]


def is_closed(session: Session, month: Month) -> bool:
    """Whether every statement of the month is written, or there will be none."""
    closing = statements.closing_of(session, str(month))
    if closing is not None:
        return closing.finished_at is not None
    first = statements.next_to_close(session)
    return first is None or month < first


def _within(month: Month, zone: str) -> ColumnElement[bool]:
    """Entries of the civil month in ``zone``; shops keep their own, so the neighbours are looked at as well."""
    near = [str(month.plus(step)) for step in (-1, 0, 1)]
    return and_(SaleEntry.month.in_(near), SaleEntry.at >= month.starts_at(zone), SaleEntry.at < month.ends_at(zone))


# ---------------------------------------------------------------- published reports


def published(session: Session) -> Sequence[PublishedReport]:
    """Everything we published, newest month and revision first, without the signed bytes."""
    return session.scalars(
        select(PublishedReport)
        .order_by(PublishedReport.period.desc(), PublishedReport.revision.desc())
        .options(defer(PublishedReport.envelope, raiseload=True))
    ).all()


def listed(session: Session) -> Sequence[PublishedReport]:
    """The same without those under a stolen key, which nobody can accept any more who does not hold them."""
    return [report for report in published(session) if report.revoked_at is None]


def with_content(session: Session) -> Sequence[PublishedReport]:
    """Everything we ever published, with the signed bytes, oldest month and revision first."""
    return session.scalars(select(PublishedReport).order_by(PublishedReport.period, PublishedReport.revision)).all()


def published_periods(session: Session) -> Sequence[str]:
    """Months for which we published any report."""
    return session.scalars(select(PublishedReport.period).distinct()).all()


def revisions(session: Session, period: str) -> Sequence[PublishedReport]:
    """What we published for a month, oldest first."""
    return session.scalars(
        select(PublishedReport).where(PublishedReport.period == period).order_by(PublishedReport.revision)
    ).all()


def published_report(session: Session, period: str, revision: int) -> PublishedReport | None:
    return session.scalar(
        select(PublishedReport).where(PublishedReport.period == period, PublishedReport.revision == revision)
    )


def last_final(session: Session, period: str) -> PublishedReport | None:
    """Our latest final report of a month."""
    return session.scalar(
        select(PublishedReport)
        .where(PublishedReport.period == period, PublishedReport.state == ReportState.FINAL)
        .order_by(PublishedReport.revision.desc())
        .limit(1)
    )


def lock_publishing(session: Session) -> Cooperative:
    """Let one publication run at a time; the cooperative must be set up."""
    return session.scalars(select(Cooperative).where(Cooperative.id == 1).with_for_update()).one()
