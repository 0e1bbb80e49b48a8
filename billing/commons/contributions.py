"""What each shop was asked to contribute, paid and still owes, ex tax, by the scheme that the statement was made under.

All is counted by the instant at which it was written, so that a month that is over stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from billing.collection.models import Settlement
from billing.commons.figures import Contribution
from billing.invoice.models import Invoice, InvoiceKind
from billing.scheme.models import SchemeKind
from billing.statement.models import Statement, StatementState
from coopcircuits.money import HALF_EVEN, rounded

#: Where contributions stand in a report: whoever pays a rate is told together.
_KINDS = {
    SchemeKind.PERCENT: "percent",
    SchemeKind.VOLUNTARY: "voluntary",
    SchemeKind.MARGIN: "percent",
    SchemeKind.STARTER: "percent",
    SchemeKind.EXEMPT: "other",
}

#: One shop's amount under one scheme, in minor units ex tax.
_Line = tuple[int, SchemeKind, int]


def contributions_by_shop(
    session: Session, *, starts: datetime, ends: datetime, day: date
) -> dict[int, dict[str, Contribution]]:
    """Between two instants, by shop id and kind; ``overdue`` is what was open at ``ends`` and due before ``day``."""
    sums: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    measures: dict[str, Iterator[_Line]] = {
        "invoiced": _approved(session, starts, ends),
        "credited": _credited(session, starts, ends),
        "collected": _collected(session, starts, ends),
        "overdue": _overdue(session, ends, day),
    }
    for measure, lines in measures.items():
        for shop_id, scheme, amount in lines:
            sums[shop_id][_KINDS[scheme]][measure] += amount
    return {
        shop_id: {kind: Contribution(**amounts) for kind, amounts in kinds.items()} for shop_id, kinds in sums.items()
    }


def income_by_shop(session: Session, *, starts: datetime, ends: datetime) -> dict[int, int]:
    """Contributions ex tax approved between two instants, less what credit notes took off them, by shop id."""
    income: dict[int, int] = defaultdict(int)
    for shop_id, _scheme, amount in _approved(session, starts, ends):
        income[shop_id] += amount
    for shop_id, _scheme, amount in _credited(session, starts, ends):
        income[shop_id] -= amount
    return dict(income)


def _approved(session: Session, starts: datetime, ends: datetime) -> Iterator[_Line]:
    rows = session.execute(
        select(Statement.enterprise_id, Statement.scheme, func.sum(Statement.contribution))
        .where(Statement.state != StatementState.TO_REVIEW, _between(Statement.approved_at, starts, ends))
        .group_by(Statement.enterprise_id, Statement.scheme)
    )
    return ((shop_id, scheme, int(amount)) for shop_id, scheme, amount in rows)


def _credited(session: Session, starts: datetime, ends: datetime) -> Iterator[_Line]:
    rows = session.execute(
        select(Invoice.enterprise_id, Statement.scheme, func.sum(Invoice.net))
        .join(Invoice.statement)
        .where(Invoice.kind == InvoiceKind.CREDIT_NOTE, _between(Invoice.issued_at, starts, ends))
        .group_by(Invoice.enterprise_id, Statement.scheme)
    )
    return ((shop_id, scheme, int(amount)) for shop_id, scheme, amount in rows)


def _collected(session: Session, starts: datetime, ends: datetime) -> Iterator[_Line]:
    """What was paid by ``ends`` less what was by ``starts``, each ex tax: all months together give the net exactly."""
    moved = select(Settlement.invoice_id).where(_between(Settlement.settled_at, starts, ends))
    before = case((Settlement.settled_at < starts, Settlement.amount), else_=0)
    rows = session.execute(
        select(Invoice.enterprise_id, Statement.scheme, Invoice.net, Invoice.total,
               func.sum(before), func.sum(Settlement.amount))
        .join(Invoice.statement)
        .join(Settlement, Settlement.invoice_id == Invoice.id)
        .where(Invoice.id.in_(moved), Settlement.settled_at < ends)
        .group_by(Invoice.id, Statement.id)
    )  # fmt: skip
    for shop_id, scheme, net, total, earlier, paid in rows:
        yield shop_id, scheme, _ex_tax(paid, net, total) - _ex_tax(earlier, net, total)


def _overdue(session: Session, ends: datetime, day: date) -> Iterator[_Line]:
    """Gifts are never late."""
    credit = aliased(Invoice)
    credited = select(func.coalesce(func.sum(credit.total), 0)).where(
        credit.corrects_id == Invoice.id, credit.issued_at < ends
    )
    settled = select(func.coalesce(func.sum(Settlement.amount), 0)).where(
        Settlement.invoice_id == Invoice.id, Settlement.settled_at < ends
    )
    still_open = (
        Invoice.total
        - credited.correlate(Invoice).scalar_subquery()
        - settled.correlate(Invoice).scalar_subquery()
    )  # fmt: skip
    rows = session.execute(
        select(Invoice.enterprise_id, Statement.scheme, Invoice.net, Invoice.total, still_open)
        .join(Invoice.statement)
        .where(
            Invoice.kind == InvoiceKind.INVOICE, Invoice.issued_at < ends, Invoice.due_on < day, still_open > 0
        )
    )  # fmt: skip
    for shop_id, scheme, net, total, amount in rows:
        yield shop_id, scheme, _ex_tax(amount, net, total)


def _ex_tax(amount: int, net: int, total: int) -> int:
    """The part of an amount that is not tax, as in the document that it is of."""
    return rounded(Fraction(int(amount) * net, total), HALF_EVEN)


def _between(instant: Any, starts: datetime, ends: datetime) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (instant >= starts) & (instant < ends)
    return found
