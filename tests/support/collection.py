"""Invoices to collect in tests: rows as they are issued, without the statement's sales and the paper."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.collection import services
from billing.collection.models import Receipt, ReceiptMethod
from billing.invoice.models import Invoice, InvoiceKind
from billing.statement import queries as statements
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.period import Month
from shops.enterprise.models import Enterprise

_number = count(1)
TODAY = date(2026, 11, 20)


def make_invoice(
    session: Session,
    shop: Enterprise,
    total: int = 3420,
    *,
    issued_on: date = date(2026, 11, 3),
    due_on: date = date(2026, 12, 3),
    kind: InvoiceKind = InvoiceKind.INVOICE,
    of: Statement | None = None,
) -> Invoice:
    """An invoice of ``total`` minor units, tax included; or ``of`` a statement, with what that one asks for."""
    if of is not None:
        return _add(session, of, shop, next(_number), of.total, kind, issued_on, due_on, None, tax=of.contribution_tax)
    number = next(_number)
    known = session.scalar(select(func.count()).select_from(Statement).where(Statement.enterprise_id == shop.id)) or 0
    month = Month(2001, 1).plus(known)  # one of the shop's own, far from what a test closes itself
    statement = statements.so_far(session, enterprise=shop, month=month)
    session.add(statement)
    session.flush()
    return _add(session, statement, shop, number, total, kind, issued_on, due_on, None)


def make_credit_note(session: Session, invoice: Invoice, total: int | None = None) -> Invoice:
    """A credit note on an invoice, of all of it if no amount is given, with what follows from it."""
    statement = session.get_one(Statement, invoice.statement_id)
    shop = session.get_one(Enterprise, invoice.enterprise_id)
    total = invoice.total if total is None else total
    note = _add(
        session, statement, shop, next(_number), total, InvoiceKind.CREDIT_NOTE, invoice.issued_on, invoice.due_on,
        invoice.id, tax=total * invoice.tax // invoice.total,
    )  # fmt: skip
    services.settle_account(session, enterprise_id=shop.id)
    return note


def _add(
    session: Session,
    statement: Statement,
    shop: Enterprise,
    number: int,
    total: int,
    kind: InvoiceKind,
    issued_on: date,
    due_on: date,
    corrects_id: int | None,
    *,
    tax: int = 0,
) -> Invoice:
    row = Invoice(
        kind=kind, number=f"F2026-{number:04d}", series="F2026", sequence=number, corrects_id=corrects_id,
        enterprise_id=shop.id, statement_id=statement.id, issued_on=issued_on, due_on=due_on, issued_at=clock.now(),
        issued_by="system", currency="EUR", net=total - tax, tax=tax, total=total, language="fr", snapshot={},
        pdf=b"%PDF-1.7", sha256="0" * 64, seal="0" * 64,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def pay(
    session: Session, shop: Enterprise, amount: int, *, source: str = "", invoice: Invoice | None = None
) -> Receipt:
    """Money of a shop by transfer."""
    with clock.travel(max(clock.now(), datetime(2026, 11, 20, 9, tzinfo=UTC))):  # the books take no day to come
        return services.record_receipt(
            session,
            enterprise_id=shop.id,
            method=ReceiptMethod.TRANSFER,
            amount=amount,
            currency="EUR",
            received_on=TODAY,
            source=source or f"test:{next(_number)}",
            actor=SYSTEM,
            invoice_id=invoice.id if invoice else None,
        )
