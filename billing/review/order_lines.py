"""One order as the ledger knows it: each of its entries, and the statement that counts it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.statement.models import Closing
from coopcircuits.errors import NotFound
from orders.order.models import Order
from orders.sale.models import SaleEntry


@dataclass(frozen=True)
class Counted:
    """An entry and the closed month that counts it; none while no closed month does."""

    entry: SaleEntry
    period: str | None

    @property
    def rates(self) -> list[tuple[int, int, int]]:
        """Rate in basis points, net and tax, for each rate."""
        return [(int(rate), net, tax) for rate, (net, tax) in self.entry.taxes.items()]


def order_entries(session: Session, *, shop_id: int, reference: str) -> list[Counted]:
    """Every entry of an order, oldest first; raises :class:`NotFound` for what is no order of this shop."""
    entries = session.scalars(
        select(SaleEntry)
        .join(Order, Order.id == SaleEntry.order_id)
        .where(SaleEntry.shop_id == shop_id, Order.reference == reference)
        .order_by(SaleEntry.id)
    ).all()
    if not entries:
        raise NotFound
    closings = session.scalars(select(Closing).order_by(Closing.period)).all()
    return [Counted(entry, _counting_month(entry, closings)) for entry in entries]


def _counting_month(entry: SaleEntry, closings: Sequence[Closing]) -> str | None:
    """Its own month if it was there when that was closed, else the first one closed since: see :class:`Closing`."""
    if not entry.online:
        return None
    for closing in closings:
        is_own, is_late = closing.period == entry.month, entry.month < closing.period
        came_after = closing.after_entry_id is not None and entry.id > closing.after_entry_id
        if entry.id <= closing.upto_entry_id and (is_own or (is_late and came_after)):
            return closing.period
    return None
