"""How shops stand with the cooperative: asked for, paid, open, in credit. Amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from billing.collection import queries
from billing.collection.models import Receipt
from billing.invoice.models import Invoice, InvoiceKind
from shops.enterprise.models import Enterprise


@dataclass(frozen=True)
class Position:
    """How a shop stands: ``invoiced`` − ``credited`` − ``received`` = ``open`` − ``credit``.

    ``received`` is net of what went back; ``credit`` is what pays no invoice yet; ``overdue`` is part of ``open``.
    """

    invoiced: int
    credited: int
    received: int
    open: int
    credit: int
    overdue: int


def position(session: Session, enterprise_id: int, *, day: date | None = None) -> Position:
    """How a shop stands; ``day`` is the one on which ``overdue`` is judged (none: nothing is overdue)."""
    session.flush()
    rows = session.execute(
        select(Invoice.kind, func.sum(Invoice.total))
        .where(Invoice.enterprise_id == enterprise_id)
        .group_by(Invoice.kind)
    )
    sums = {kind: int(total) for kind, total in rows}
    received = session.scalar(
        select(func.coalesce(func.sum(Receipt.amount - Receipt.returned), 0)).where(
            Receipt.enterprise_id == enterprise_id
        )
    )
    still_open = queries.open_invoices(session, enterprise_id=enterprise_id)
    return Position(
        invoiced=sum(total for kind, total in sums.items() if kind is not InvoiceKind.CREDIT_NOTE),
        credited=sums.get(InvoiceKind.CREDIT_NOTE, 0),
        received=int(received or 0),
        open=sum(found.open for found in still_open),
        credit=sum(amount for _receipt, amount in queries.unused(session, enterprise_id=enterprise_id)),
        overdue=sum(found.open for found in still_open if day is not None and found.is_late(day)),
    )


def credits(session: Session) -> dict[int, int]:
    """Shops with money that pays no invoice yet, by id."""
    rows = session.execute(
        select(Receipt.enterprise_id, func.sum(queries.UNUSED))
        .where(queries.UNUSED > 0)
        .group_by(Receipt.enterprise_id)
    )
    return {enterprise_id: int(amount) for enterprise_id, amount in rows}


def is_anything_billed(session: Session) -> bool:
    """Whether any shop was ever asked for money."""
    return bool(session.scalar(select(exists(select(Invoice.id)))))


def billed_shops(session: Session) -> Sequence[Enterprise]:
    """Every shop that was ever asked for money, by name."""
    asked = select(Invoice.enterprise_id).distinct()
    return session.scalars(select(Enterprise).where(Enterprise.id.in_(asked)).order_by(Enterprise.name_key)).all()
