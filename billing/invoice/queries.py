"""Reading documents."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from billing.invoice.models import Invoice, InvoiceKind, InvoiceRun
from billing.statement.models import Statement, StatementState
from coopcircuits.errors import NotFound
from shops.enterprise.models import Enterprise

#: Documents on one page of a list.
PAGE = 100
#: Files read at a time.
_PORTION = 20


def by_number(session: Session, number: str, *, enterprise_id: int | None = None) -> Invoice:
    """A document with its shop, its statement and what it corrects; raises :class:`NotFound`, also for the document
    of another shop than ``enterprise_id``."""
    wanted = select(Invoice).where(Invoice.number == number)
    if enterprise_id is not None:
        wanted = wanted.where(Invoice.enterprise_id == enterprise_id)
    found = None
    if number.isprintable():  # PostgreSQL refuses a NUL
        found = session.scalar(
            wanted.options(joinedload(Invoice.enterprise), joinedload(Invoice.statement), joinedload(Invoice.corrects))
        )
    if found is None:
        raise NotFound
    return found


def by_id(session: Session, invoice_id: int) -> Invoice:
    """A document with its shop; raises :class:`NotFound`."""
    found = session.scalar(
        select(Invoice)
        .where(Invoice.id == invoice_id)
        .options(joinedload(Invoice.enterprise), joinedload(Invoice.corrects))
    )
    if found is None:
        raise NotFound
    return found


def pdf_of(session: Session, invoice_id: int) -> bytes:
    """The file itself."""
    return session.scalars(select(Invoice.pdf).where(Invoice.id == invoice_id)).one()


def lock_invoice(session: Session, invoice_id: int) -> Invoice:
    """A document held until the transaction ends, so that its credit notes are written in turn."""
    found = session.scalar(select(Invoice).where(Invoice.id == invoice_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound
    return found


def of_statement(session: Session, statement_id: int) -> Invoice | None:
    """The invoice or notice of a statement, without its credit notes."""
    return session.scalar(select(Invoice).where(Invoice.statement_id == statement_id, Invoice.corrects_id.is_(None)))


def credit_notes_of(session: Session, invoice_id: int) -> Sequence[Invoice]:
    """What was taken off a document, in the order of its issue."""
    return session.scalars(select(Invoice).where(Invoice.corrects_id == invoice_id).order_by(Invoice.id)).all()


class Credited(NamedTuple):
    """Minor units taken off a document so far."""

    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def credited(session: Session, invoice_id: int) -> Credited:
    row = session.execute(
        select(func.coalesce(func.sum(Invoice.net), 0), func.coalesce(func.sum(Invoice.tax), 0)).where(
            Invoice.corrects_id == invoice_id
        )
    ).one()
    return Credited(int(row[0]), int(row[1]))


def seal_before(session: Session, series: str, sequence: int) -> str:
    """The seal of the document before in its series; empty for the first."""
    found = session.scalar(select(Invoice.seal).where(Invoice.series == series, Invoice.sequence == sequence - 1))
    return found or ""


def of_shop(session: Session, enterprise_id: int) -> Sequence[Invoice]:
    """A shop's documents, the latest first."""
    return session.scalars(
        select(Invoice)
        .where(Invoice.enterprise_id == enterprise_id)
        .options(joinedload(Invoice.statement), joinedload(Invoice.corrects))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
    ).all()


def of_shop_month(session: Session, permalink: str, period: str) -> Sequence[Invoice]:
    """The documents on one statement, in the order of their issue."""
    return session.scalars(
        select(Invoice)
        .join(Invoice.statement)
        .join(Invoice.enterprise)
        .where(Enterprise.permalink == permalink, Statement.period == period)
        .order_by(Invoice.id)
    ).all()


def periods(session: Session) -> Sequence[str]:
    """Months with an approved or invoiced statement, the latest first."""
    return session.scalars(
        select(Statement.period)
        .where(Statement.state != StatementState.TO_REVIEW, Statement.total > 0)
        .distinct()
        .order_by(Statement.period.desc())
    ).all()


def of_month(session: Session, period: str, *, page: int = 1) -> Sequence[Invoice]:
    """The documents on statements of a month with their shop, the latest first; one page of them."""
    return session.scalars(
        select(Invoice)
        .join(Invoice.statement)
        .where(Statement.period == period)
        .options(joinedload(Invoice.enterprise), joinedload(Invoice.statement), joinedload(Invoice.corrects))
        .order_by(Invoice.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()


class MonthSums(NamedTuple):
    """What was issued on statements of a month, in minor units with tax; credit notes positive."""

    invoices: int
    invoiced: int
    credit_notes: int
    credited: int

    @property
    def documents(self) -> int:
        return self.invoices + self.credit_notes


def month_sums(session: Session, period: str) -> MonthSums:
    rows = session.execute(
        select(Invoice.corrects_id.is_not(None), func.count(Invoice.id), func.sum(Invoice.total))
        .join(Invoice.statement)
        .where(Statement.period == period)
        .group_by(Invoice.corrects_id.is_not(None))
    ).all()
    found = {bool(corrects): (count, int(total or 0)) for corrects, count, total in rows}
    return MonthSums(*found.get(False, (0, 0)), *found.get(True, (0, 0)))


def to_invoice(session: Session, period: str, *, after_id: int = 0, most: int | None = None) -> Sequence[Statement]:
    """Approved statements of a month with something to pay and no invoice yet, with their shop, in order."""
    return session.scalars(
        select(Statement)
        .where(
            Statement.period == period,
            Statement.state == StatementState.APPROVED,
            Statement.total > 0,
            Statement.id > after_id,
        )
        .options(joinedload(Statement.enterprise))
        .order_by(Statement.id)
        .limit(most)
    ).all()


def count_to_invoice(session: Session, period: str) -> int:
    return (
        session.scalar(
            select(func.count(Statement.id)).where(
                Statement.period == period, Statement.state == StatementState.APPROVED, Statement.total > 0
            )
        )
        or 0
    )


def last_run(session: Session, period: str) -> InvoiceRun | None:
    """The last order to invoice a month."""
    return session.scalar(select(InvoiceRun).where(InvoiceRun.period == period).order_by(InvoiceRun.id.desc()).limit(1))


def open_runs(session: Session) -> Sequence[int]:
    """Orders not carried out yet."""
    return session.scalars(select(InvoiceRun.id).where(InvoiceRun.finished_at.is_(None)).order_by(InvoiceRun.id)).all()


def lock_run(session: Session, run_id: int) -> InvoiceRun | None:
    """An open order, if nobody else is carrying it out right now."""
    return session.scalar(
        select(InvoiceRun)
        .where(InvoiceRun.id == run_id, InvoiceRun.finished_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def whole(session: Session) -> Iterator[Invoice]:
    """Every document with its file, series by series in order; few are in memory at a time."""
    ids = session.scalars(select(Invoice.id).order_by(Invoice.series, Invoice.sequence)).all()
    for start in range(0, len(ids), _PORTION):
        portion = select(Invoice).where(Invoice.id.in_(ids[start : start + _PORTION])).options(undefer(Invoice.pdf))
        yield from session.scalars(portion.order_by(Invoice.series, Invoice.sequence)).all()


def digests(session: Session) -> dict[str, str]:
    """The SHA-256 of every document by its number."""
    return {row.number: row.sha256 for row in session.execute(select(Invoice.number, Invoice.sha256))}


def over_credited(session: Session) -> str | None:
    """A document of which more was taken off than it asked for."""
    note = aliased(Invoice)
    return session.scalar(
        select(Invoice.number)
        .join(note, note.corrects_id == Invoice.id)
        .group_by(Invoice.id)
        .having((func.sum(note.net) > Invoice.net) | (func.sum(note.tax) > Invoice.tax))
        .order_by(Invoice.id)
        .limit(1)
    )


def invoiced_without_document(session: Session) -> tuple[str, str] | None:
    """Shop and month of a statement that says it is invoiced, without a document of its amount."""
    row = session.execute(
        select(Enterprise.name, Statement.period)
        .join(Statement.enterprise)
        .outerjoin(
            Invoice,
            and_(
                Invoice.statement_id == Statement.id,
                Invoice.kind != InvoiceKind.CREDIT_NOTE,
                Invoice.net == Statement.contribution,
                Invoice.tax == Statement.contribution_tax,
                Invoice.enterprise_id == Statement.enterprise_id,
            ),
        )
        .where(Statement.state == StatementState.INVOICED, Invoice.id.is_(None))
        .order_by(Statement.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None
