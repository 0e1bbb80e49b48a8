"""Reading and locking what shops owe and have paid. Amounts in minor units of the cooperative's currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from billing.collection.errors import ReceiptMoved
from billing.collection.models import Receipt, Settlement
from billing.invoice.models import Invoice, InvoiceKind
from coopcircuits.errors import NotFound
from shops.enterprise.models import Enterprise

_Credit = aliased(Invoice)
_CREDITED = (
    select(func.coalesce(func.sum(_Credit.total), 0))
    .where(_Credit.corrects_id == Invoice.id, _Credit.kind == InvoiceKind.CREDIT_NOTE)
    .correlate(Invoice)
    .scalar_subquery()
)
_SETTLED = (
    select(func.coalesce(func.sum(Settlement.amount), 0))
    .where(Settlement.invoice_id == Invoice.id)
    .correlate(Invoice)
    .scalar_subquery()
)
#: Documents that ask for money: invoices, and notices of gifts.
_ASKS = Invoice.kind != InvoiceKind.CREDIT_NOTE
#: What is still to be paid of a document.
OPEN: ColumnElement[Any] = Invoice.total - _CREDITED - _SETTLED

_USED = (
    select(func.coalesce(func.sum(Settlement.amount), 0))
    .where(Settlement.receipt_id == Receipt.id)
    .correlate(Receipt)
    .scalar_subquery()
)
#: What of a receipt pays no invoice yet.
UNUSED: ColumnElement[Any] = Receipt.amount - Receipt.returned - _USED


@dataclass(frozen=True)
class OpenInvoice:
    """An invoice and what is still to be paid of it; below zero only while a correction is being worked in."""

    invoice: Invoice
    open: int

    def is_late(self, day: date) -> bool:
        """Whether it should have been paid before ``day``. A gift is never late."""
        return self.invoice.kind is InvoiceKind.INVOICE and self.invoice.due_on < day

    def days_late(self, day: date) -> int:
        """Days since it was due; zero or less when it is not late."""
        return (day - self.invoice.due_on).days


# ---------------------------------------------------------------- invoices


def open_amount(session: Session, invoice_id: int) -> int:
    """What is still to be paid of an invoice; nothing of a credit note. Raises :class:`NotFound`."""
    session.flush()
    row = session.execute(select(Invoice.kind, OPEN).where(Invoice.id == invoice_id)).one_or_none()
    if row is None:
        raise NotFound
    return 0 if row[0] is InvoiceKind.CREDIT_NOTE else int(row[1])


def open_amounts(session: Session, invoice_ids: Sequence[int]) -> dict[int, int]:
    """The same for many invoices at once, by id."""
    rows = session.execute(select(Invoice.id, OPEN).where(Invoice.id.in_(invoice_ids), _ASKS))
    return {id_: int(amount) for id_, amount in rows}


def open_invoices(session: Session, *, enterprise_id: int | None = None) -> list[OpenInvoice]:
    """Invoices with something left to pay, the oldest first, with their shop."""
    return _open(session, OPEN > 0, enterprise_id)


def corrected_below(session: Session, *, enterprise_id: int) -> list[OpenInvoice]:
    """Invoices on which more was paid than they ask for since they were corrected."""
    return _open(session, OPEN < 0, enterprise_id)


def overdue(session: Session, *, day: date, enterprise_id: int | None = None) -> list[OpenInvoice]:
    """Invoices that should have been paid before ``day``, of one shop or of all, the oldest first, with their shop.

    A gift is never late.
    """
    return [found for found in _open(session, OPEN > 0, enterprise_id, before=day) if found.is_late(day)]


def _open(
    session: Session, condition: ColumnElement[bool], enterprise_id: int | None, *, before: date | None = None
) -> list[OpenInvoice]:
    session.flush()
    asked: Select[Any] = (
        select(Invoice, OPEN)
        .where(_ASKS, condition)
        .order_by(Invoice.due_on, Invoice.issued_on, Invoice.id)
        .options(joinedload(Invoice.enterprise))
    )
    if enterprise_id is not None:
        asked = asked.where(Invoice.enterprise_id == enterprise_id)
    if before is not None:
        asked = asked.where(Invoice.due_on < before)
    return [OpenInvoice(invoice, int(amount)) for invoice, amount in session.execute(asked)]


def invoice_by_number(session: Session, number: str, *, enterprise_id: int | None = None) -> Invoice:
    """An invoice, of this shop if one is named, with its shop; raises :class:`NotFound`."""
    asked = select(Invoice).where(Invoice.number == number).options(joinedload(Invoice.enterprise))
    if enterprise_id is not None:
        asked = asked.where(Invoice.enterprise_id == enterprise_id)
    found = session.scalar(asked)
    if found is None:
        raise NotFound
    return found


def invoice(session: Session, invoice_id: int) -> Invoice:
    """An invoice; raises :class:`NotFound`."""
    found = session.get(Invoice, invoice_id)
    if found is None:
        raise NotFound
    return found


def numbers(session: Session, invoice_ids: Iterable[int]) -> dict[int, str]:
    """Numbers of these invoices, by id."""
    rows = session.execute(select(Invoice.id, Invoice.number).where(Invoice.id.in_(list(invoice_ids))))
    return {row.id: row.number for row in rows}


def is_of_shop(session: Session, invoice_id: int, enterprise_id: int) -> bool:
    """Whether a document that asks for money is this shop's."""
    asked = select(Invoice.id).where(Invoice.id == invoice_id, Invoice.enterprise_id == enterprise_id, _ASKS)
    return session.scalar(asked) is not None


# ---------------------------------------------------------------- receipts


def lock_account(session: Session, enterprise_id: int) -> Enterprise:
    """Hold a shop's account until the transaction ends; raises :class:`NotFound`.

    Every change of receipts and settlements holds it, so that no money is used twice. Orders placed meanwhile are not
    held up: they only need the shop to stay there.
    """
    found = session.scalar(select(Enterprise).where(Enterprise.id == enterprise_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound
    return found


def lock_accounts(session: Session, enterprise_ids: Iterable[int]) -> None:
    """Hold several accounts, always in the same order; before anything is recorded, since the books come after."""
    for enterprise_id in sorted(set(enterprise_ids)):
        lock_account(session, enterprise_id)


def receipt_by_source(session: Session, source: str) -> Receipt | None:
    return session.scalar(select(Receipt).where(Receipt.source == source))


def enterprise_of(session: Session, receipt_id: int) -> int:
    """The shop whose money a receipt is; raises :class:`NotFound`."""
    found = session.scalar(select(Receipt.enterprise_id).where(Receipt.id == receipt_id))
    if found is None:
        raise NotFound
    return found


def hold_receipt(session: Session, receipt_id: int) -> Receipt:
    """A receipt as it is now, with its shop's account held until the transaction ends.

    Raises :class:`NotFound`, and :class:`ReceiptMoved` if it was given to another shop while this waited.
    """
    enterprise_id = enterprise_of(session, receipt_id)
    lock_account(session, enterprise_id)
    found = fresh_receipt(session, receipt_id)
    if found.enterprise_id != enterprise_id:
        raise ReceiptMoved
    return found


def fresh_receipt(session: Session, receipt_id: int) -> Receipt:
    """A receipt as it is now, whatever was read before; raises :class:`NotFound`."""
    found = session.get(Receipt, receipt_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def receipt(session: Session, receipt_id: int) -> Receipt:
    """A receipt with its shop, settlements and their invoices; raises :class:`NotFound`."""
    found = session.scalar(select(Receipt).where(Receipt.id == receipt_id).options(*_WITH_ALL))
    if found is None:
        raise NotFound
    return found


_WITH_ALL = (
    joinedload(Receipt.enterprise),
    selectinload(Receipt.settlements).joinedload(Settlement.invoice),
)


def receipts(session: Session, *, enterprise_id: int | None = None, most: int = 200) -> Sequence[Receipt]:
    """The last receipts, of one shop or of all, the latest first, with their shop and what they settled."""
    asked = select(Receipt).order_by(Receipt.received_on.desc(), Receipt.id.desc()).options(*_WITH_ALL).limit(most)
    if enterprise_id is not None:
        asked = asked.where(Receipt.enterprise_id == enterprise_id)
    return session.scalars(asked).all()


def settlements_of(session: Session, invoice_id: int) -> Sequence[Settlement]:
    """What was paid on an invoice, and taken back, oldest first, with the receipts."""
    return session.scalars(
        select(Settlement)
        .where(Settlement.invoice_id == invoice_id)
        .order_by(Settlement.id)
        .options(joinedload(Settlement.receipt))
    ).all()


def unused(session: Session, *, enterprise_id: int) -> list[tuple[Receipt, int]]:
    """Receipts of a shop with money that pays no invoice yet, and how much, the oldest first."""
    session.flush()
    rows = session.execute(
        select(Receipt, UNUSED)
        .where(Receipt.enterprise_id == enterprise_id, UNUSED > 0)
        .order_by(Receipt.received_on, Receipt.id)
    )
    return [(found, int(amount)) for found, amount in rows]


def unused_of(session: Session, receipt_id: int) -> int:
    """What of a receipt pays no invoice yet."""
    session.flush()
    return int(session.scalar(select(UNUSED).where(Receipt.id == receipt_id)) or 0)


def has_paid(session: Session, *, enterprise_id: int) -> bool:
    """Whether a shop ever paid anything."""
    return session.scalar(select(Receipt.id).where(Receipt.enterprise_id == enterprise_id).limit(1)) is not None


def has_paid_of(session: Session, receipt_id: int, invoice_id: int) -> bool:
    """Whether a receipt ever paid something of an invoice, even if it was taken back since."""
    asked = select(Settlement.id).where(Settlement.receipt_id == receipt_id, Settlement.invoice_id == invoice_id)
    return session.scalar(asked.limit(1)) is not None


def used_by_invoice(session: Session, *, receipt_id: int) -> dict[int, int]:
    """What a receipt pays now of each invoice, the invoice settled last first."""
    session.flush()
    rows = session.execute(
        select(Settlement.invoice_id, func.sum(Settlement.amount))
        .where(Settlement.receipt_id == receipt_id)
        .group_by(Settlement.invoice_id)
        .having(func.sum(Settlement.amount) > 0)
        .order_by(func.max(Settlement.id).desc())
    )
    return {invoice_id: int(amount) for invoice_id, amount in rows}


def paid_by_receipt(session: Session, *, invoice_id: int) -> dict[int, int]:
    """What each receipt pays now of an invoice, the last one first."""
    session.flush()
    rows = session.execute(
        select(Settlement.receipt_id, func.sum(Settlement.amount))
        .where(Settlement.invoice_id == invoice_id)
        .group_by(Settlement.receipt_id)
        .having(func.sum(Settlement.amount) > 0)
        .order_by(func.max(Settlement.id).desc())
    )
    return {receipt_id: int(amount) for receipt_id, amount in rows}
