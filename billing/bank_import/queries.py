"""Reading bank files, their lines, and what is known of shops when a file is read."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session, joinedload, undefer

from billing.bank_import.camt import Movement
from billing.bank_import.matching import Debit, Known, Payable, numbers_in
from billing.bank_import.models import BankFile, BankLine, BankLineState
from billing.collection import queries as collection
from billing.collection.models import Receipt
from billing.direct_debit.models import DebitFile, DebitLine, Mandate
from billing.invoice.models import Invoice, InvoiceKind
from coopcircuits.errors import NotFound
from shops.enterprise.models import Enterprise

_PART = 500


def files(session: Session, *, most: int = 50) -> Sequence[BankFile]:
    """The last confirmed files, the latest first."""
    return session.scalars(
        select(BankFile).where(BankFile.confirmed_at.is_not(None)).order_by(BankFile.id.desc()).limit(most)
    ).all()


def file(session: Session, file_id: int) -> BankFile:
    """A file with its bytes; raises :class:`NotFound`."""
    found = session.get(BankFile, file_id, options=[undefer(BankFile.content)])
    if found is None:
        raise NotFound
    return found


def by_digest(session: Session, digest: str) -> BankFile | None:
    return session.scalar(select(BankFile).where(BankFile.digest == digest))


def lock_file(session: Session, file_id: int) -> BankFile:
    """Hold a file until the transaction ends; raises :class:`NotFound`."""
    found = session.scalar(
        select(BankFile)
        .where(BankFile.id == file_id)
        .with_for_update()
        .options(undefer(BankFile.content))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def lock_lines(session: Session) -> None:
    """Hold back whoever else reads a file or places a line, until the transaction ends.

    Writers on SQLite come one at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE bank_line IN SHARE ROW EXCLUSIVE MODE"))


def line(session: Session, line_id: int) -> BankLine:
    """A line as it is now; raises :class:`NotFound`."""
    found = session.get(BankLine, line_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def lines_of(session: Session, file_id: int) -> Sequence[BankLine]:
    """A confirmed file's lines in its order, with their receipts and shops."""
    return session.scalars(
        select(BankLine)
        .where(BankLine.file_id == file_id)
        .order_by(BankLine.id)
        .options(joinedload(BankLine.receipt).joinedload(Receipt.enterprise))
    ).all()


def waiting(session: Session, *, most: int = 200) -> Sequence[BankLine]:
    """Lines that nobody has placed yet, the oldest first."""
    return session.scalars(
        select(BankLine)
        .where(BankLine.state == BankLineState.WAITING)
        .order_by(BankLine.booked_on, BankLine.id)
        .limit(most)
    ).all()


def known_keys(session: Session, keys: Iterable[str]) -> frozenset[str]:
    """Which of these movements were read before."""
    wanted, found = list(keys), set[str]()
    for start in range(0, len(wanted), _PART):
        found |= set(session.scalars(select(BankLine.key).where(BankLine.key.in_(wanted[start : start + _PART]))))
    return frozenset(found)


def known_for(session: Session, movements: Sequence[Movement], *, currency: str) -> Known:
    """What is known when these movements are read, in a few queries however many they are."""
    still_open = {found.invoice.id: found for found in collection.open_invoices(session)}
    payables = [_payable(found.invoice, found.open) for found in still_open.values()]
    numbers = {number for movement in movements if movement.amount > 0 for number in numbers_in(movement.text)}
    named = [invoice for invoice in _by_numbers(session, numbers) if invoice.id not in still_open]
    payables += [_payable(invoice, 0) for invoice in named]
    shop_ids = {payable.enterprise_id for payable in payables}
    return Known(
        currency=currency,
        payables=payables,
        names=_names(session, shop_ids),
        accounts=_accounts(session, {movement.iban for movement in movements if movement.iban}),
        debits=_debits(session, movements),
        keys=known_keys(session, (movement.key for movement in movements)),
    )


def _payable(invoice: Invoice, still_open: int) -> Payable:
    return Payable(invoice.id, invoice.number, invoice.series, invoice.sequence, invoice.enterprise_id, still_open)


def _by_numbers(session: Session, numbers: Collection[tuple[str, int]]) -> list[Invoice]:
    wanted, found = [each for each in numbers if each[1] < 2**31], list[Invoice]()
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        found += session.scalars(
            select(Invoice).where(
                tuple_(Invoice.series, Invoice.sequence).in_(part), Invoice.kind != InvoiceKind.CREDIT_NOTE
            )
        )
    return found


def _names(session: Session, shop_ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(shop_ids)))
    return {row.id: row.name for row in rows}


def _accounts(session: Session, ibans: Collection[str]) -> dict[str, int]:
    """Shops by the accounts they paid from or signed a mandate on; an account of two shops names neither."""
    owners: dict[str, set[int]] = {}
    paid = select(BankLine.iban, Receipt.enterprise_id).join(BankLine.receipt).where(BankLine.amount > 0)
    signed = select(Mandate.iban, Mandate.enterprise_id)
    wanted = list(ibans)
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        for asked in (paid.where(BankLine.iban.in_(part)), signed.where(Mandate.iban.in_(part))):
            for iban, enterprise_id in session.execute(asked):
                owners.setdefault(iban, set()).add(enterprise_id)
    return {iban: next(iter(shops)) for iban, shops in owners.items() if len(shops) == 1}


def _debits(session: Session, movements: Sequence[Movement]) -> list[Debit]:
    names = {name for movement in movements for name in (movement.end_to_end, movement.batch) if name}
    if not names:
        return []
    rows = session.execute(
        select(
            DebitLine.id,
            DebitLine.end_to_end,
            DebitFile.reference,
            DebitLine.amount,
            Invoice.enterprise_id,
            DebitLine.state,
            DebitLine.receipt_id,
            DebitLine.seen_back,
        )
        .join(DebitFile, DebitLine.file_id == DebitFile.id)
        .join(Invoice, DebitLine.invoice_id == Invoice.id)
        .where(DebitLine.end_to_end.in_(names) | DebitFile.reference.in_(names))
        .order_by(DebitLine.id)
    )
    return [Debit(*row) for row in rows]
