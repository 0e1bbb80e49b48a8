"""Online turnover out of the sales ledger: set-based, and entry by entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, text
from sqlalchemy.orm import Session

from orders.order.models import Order
from orders.sale.models import SaleEntry, SaleKind

#: Beyond every entry: a month under way counts all that is there.
_LAST = 2**31 - 1


@dataclass(frozen=True)
class Span:
    """The part of the ledger that a month counts; see :class:`billing.statement.models.Closing`.

    ``late_months`` names the months whose late entries are looked for where a page must not read the whole ledger;
    without it all earlier months are.
    """

    period: str
    after_entry_id: int | None = None
    upto_entry_id: int = _LAST
    late_months: tuple[str, ...] = ()


class Turnover(NamedTuple):
    """One shop's month in minor units; ``late`` counts entries of earlier months, ``foreign`` those in another
    currency."""

    gross: int = 0
    net: int = 0
    orders: int = 0
    refunds: int = 0
    late: int = 0
    foreign: int = 0

    @property
    def tax(self) -> int:
        return self.gross - self.net


class Line(NamedTuple):
    """One counted entry; ``month`` is an earlier one where it came late."""

    reference: str
    kind: SaleKind
    at: datetime
    month: str
    gross: int
    net: int
    tax: int


def turnover_by_shop(session: Session, span: Span, *, currency: str, shop_id: int | None = None) -> dict[int, Turnover]:
    """The turnover of every shop that has something to count (or of one), by shop id; a single pass over the ledger.

    Entries in another currency than ``currency`` are summed too and reported as ``foreign``.
    """
    found: dict[int, Turnover] = {}
    for part in sums(span, currency=currency, shop_id=shop_id):
        for shop, gross, net, *counts in session.execute(part):
            found[shop] = Turnover(*map(add, found.get(shop, Turnover()), (int(gross), int(net), *counts)))
    return found


def sums(span: Span, *, currency: str, shop_id: int | None = None) -> list[Select[*tuple[Any, ...]]]:
    """One row a shop of the month's own entries, and one of those that came late: ``shop_id`` and the members of
    :class:`Turnover` by their names."""
    parts = [_sums(_own(span, shop_id), currency, late=False)]
    if span.after_entry_id is not None:
        parts.append(_sums(_late(span, shop_id), currency, late=True))
    return parts


def lines(session: Session, span: Span, *, shop_id: int, late: bool) -> Sequence[Line]:
    """Each entry that a shop's month counts, oldest first; ``late`` tells whether any came after its own month."""
    counted = _own(span, shop_id)
    rows = session.execute(
        select(
            Order.reference,
            SaleEntry.kind,
            SaleEntry.at,
            SaleEntry.month,
            SaleEntry.gross,
            SaleEntry.net,
            SaleEntry.tax,
        )
        .join(Order, Order.id == SaleEntry.order_id)
        .where(or_(counted, _late(span, shop_id)) if late else counted)
        .order_by(SaleEntry.at, SaleEntry.id)
    )
    return [Line(*row) for row in rows]


def last_entry_id(session: Session) -> int:
    """The end of the ledger; exact inside :func:`lock_ledger`."""
    return session.scalar(select(func.max(SaleEntry.id))) or 0


def first_month(session: Session) -> str | None:
    """The month of the earliest online sale."""
    return session.scalar(select(func.min(SaleEntry.month)).where(SaleEntry.online))


def lock_ledger(session: Session) -> None:
    """Wait until every entry being written is there, and hold back others until the transaction ends.

    Writers on SQLite come one at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE sale_entry IN SHARE ROW EXCLUSIVE MODE"))


def _own(span: Span, shop_id: int | None) -> ColumnElement[bool]:
    return and_(SaleEntry.month == span.period, SaleEntry.id <= span.upto_entry_id, *_online(shop_id))


def _late(span: Span, shop_id: int | None) -> ColumnElement[bool]:
    if span.after_entry_id is None:
        return false()
    return and_(
        SaleEntry.id > span.after_entry_id,
        SaleEntry.id <= span.upto_entry_id,
        SaleEntry.month.in_(span.late_months) if span.late_months else SaleEntry.month < span.period,
        *_online(shop_id),
    )


def _online(shop_id: int | None) -> list[ColumnElement[bool]]:
    return [SaleEntry.online.is_(True), *([] if shop_id is None else [SaleEntry.shop_id == shop_id])]


def _sums(counted: ColumnElement[bool], currency: str, *, late: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SaleEntry.shop_id,
            func.sum(SaleEntry.gross).label("gross"),
            func.sum(SaleEntry.net).label("net"),
            func.count().filter(SaleEntry.kind == SaleKind.SALE).label("orders"),
            func.count().filter(SaleEntry.gross < 0).label("refunds"),
            (func.count() if late else literal(0)).label("late"),
            func.count().filter(SaleEntry.currency != currency).label("foreign"),
        )
        .where(counted)
        .group_by(SaleEntry.shop_id)
    )
