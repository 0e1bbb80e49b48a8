"""Who has not paid: late invoices of all shops by age, and the shops that owe most of it. Amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from billing.collection.queries import OPEN
from billing.invoice.models import Invoice, InvoiceKind
from shops.enterprise.models import Enterprise

#: The ages that accountants sort what is owed by, in days after the due date; the last one has no end.
_UPTO = (30, 60, 90)


@dataclass(frozen=True)
class LateAge:
    """Invoices ``first`` to ``last`` days late (None: or more), of how many shops, and what is open of them."""

    first: int
    last: int | None
    invoices: int
    shops: int
    open: int


@dataclass(frozen=True)
class LateShop:
    """What of a shop's invoices is late, and the day the oldest of them was due."""

    shop: Enterprise
    invoices: int
    open: int
    since: date


def by_age(session: Session, *, day: date) -> list[LateAge]:
    """What is late on a day, the youngest first; every age, or none if nothing is late."""
    late = _late(day).subquery()
    age = case(
        *((late.c.due_on >= day - timedelta(days=upto), number) for number, upto in enumerate(_UPTO)), else_=len(_UPTO)
    )
    rows = session.execute(
        select(age, func.count(), func.count(late.c.enterprise_id.distinct()), func.sum(late.c.open)).group_by(age)
    )
    found = {number: (invoices, shops, int(amount)) for number, invoices, shops, amount in rows}
    if not found:
        return []
    starts, ends = (1, *(upto + 1 for upto in _UPTO)), (*_UPTO, None)
    return [
        LateAge(first, last, *found.get(number, (0, 0, 0)))
        for number, (first, last) in enumerate(zip(starts, ends, strict=True))
    ]


def late_shops(session: Session, *, day: date, most: int) -> Sequence[LateShop]:
    """Shops with late invoices on a day, those that owe most of them first."""
    late = _late(day).subquery()
    owed = func.sum(late.c.open)
    rows = session.execute(
        select(Enterprise, func.count(), owed, func.min(late.c.due_on))
        .join(late, late.c.enterprise_id == Enterprise.id)
        .group_by(Enterprise.id)
        .order_by(owed.desc(), Enterprise.name_key)
        .limit(most)
    )
    return [LateShop(shop, invoices, int(amount), since) for shop, invoices, amount, since in rows]


def _late(day: date) -> Select[Any]:
    """What should have been paid before a day. A gift is never late."""
    return select(Invoice.due_on, Invoice.enterprise_id, OPEN.label("open")).where(
        Invoice.kind == InvoiceKind.INVOICE, Invoice.due_on < day, OPEN > 0
    )
