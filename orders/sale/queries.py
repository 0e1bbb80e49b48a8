"""Reading the sales ledger."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coopcircuits.money import NOTHING, TaxedMoney
from orders.sale.models import SaleEntry


def booked(session: Session, *, order_id: int) -> dict[int, TaxedMoney]:
    """What an order amounts to after all its entries, by rate in basis points."""
    session.flush()
    sums: dict[int, TaxedMoney] = {}
    for taxes in session.scalars(select(SaleEntry.taxes).where(SaleEntry.order_id == order_id)):
        for rate, (net, tax) in taxes.items():
            sums[int(rate)] = sums.get(int(rate), NOTHING) + TaxedMoney(net, tax)
    return sums


def due(session: Session, *, order_id: int) -> int:
    """What the shopper owes the shop for an order, tax included, paid or not."""
    session.flush()
    return int(session.scalar(select(func.sum(SaleEntry.gross)).where(SaleEntry.order_id == order_id)) or 0)


def sold_between(session: Session, *, shop_id: int, starts: datetime, ends: datetime) -> int:
    """Tax-included sales of a shop between two instants, less what was cancelled or given back then."""
    total = session.scalar(
        select(func.sum(SaleEntry.gross)).where(
            SaleEntry.shop_id == shop_id, SaleEntry.at >= starts, SaleEntry.at < ends
        )
    )
    return int(total or 0)
