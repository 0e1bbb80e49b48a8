"""Reading mandates, debit files and what may be debited."""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from billing.collection import queries as collection
from billing.collection.queries import OpenInvoice
from billing.direct_debit.models import DebitFile, DebitLine, DebitState, Mandate
from billing.invoice.models import Invoice
from billing.online_payment import queries as online
from coopcircuits.errors import NotFound

#: A mandate that was not used for so many months may not be used any more (SEPA rulebook, core scheme, 4.3.2).
LIFE_MONTHS = 36


@dataclass(frozen=True)
class Debitable:
    """An invoice that a mandate in force lets us collect."""

    found: OpenInvoice
    mandate: Mandate


def mandate_of(session: Session, enterprise_id: int) -> Mandate | None:
    """A shop's mandate in force, lapsed or not."""
    return session.scalar(select(Mandate).where(Mandate.enterprise_id == enterprise_id, Mandate.revoked_at.is_(None)))


def mandates_in_force(session: Session, *, day: date) -> dict[int, Mandate]:
    """Mandates that may be used on a day, by shop."""
    rows = session.scalars(select(Mandate).where(Mandate.revoked_at.is_(None)))
    return {row.enterprise_id: row for row in rows if not has_lapsed(row, day)}


def lapses_on(mandate: Mandate) -> date:
    """First day on which a mandate may not be used any more, unless it is used before."""
    last = mandate.last_used_on or mandate.signed_at.date()
    year, month = divmod(last.year * 12 + last.month - 1 + LIFE_MONTHS, 12)
    return date(year, month + 1, min(last.day, monthrange(year, month + 1)[1]))


def has_lapsed(mandate: Mandate, day: date) -> bool:
    return day >= lapses_on(mandate)


def in_files(session: Session, invoice_ids: Collection[int]) -> dict[int, DebitLine]:
    """Lines by which the bank is asked for these invoices and has not answered yet, by invoice."""
    rows = session.scalars(
        select(DebitLine).where(DebitLine.invoice_id.in_(invoice_ids), DebitLine.state == DebitState.SENT)
    )
    return {row.invoice_id: row for row in rows}


def debitable(session: Session, *, day: date) -> list[Debitable]:
    """Open invoices of shops whose mandate may be used on ``day``, not being collected yet; the oldest first."""
    mandates = mandates_in_force(session, day=day)
    still_open = [found for found in collection.open_invoices(session) if found.invoice.enterprise_id in mandates]
    ids = [found.invoice.id for found in still_open]
    taken = in_files(session, ids).keys() | online.being_paid(session, ids)
    return [
        Debitable(found, mandates[found.invoice.enterprise_id]) for found in still_open if found.invoice.id not in taken
    ]


def file(session: Session, reference: str) -> DebitFile:
    """A file with its bytes and lines; raises :class:`NotFound`."""
    found = session.scalar(
        select(DebitFile)
        .where(DebitFile.reference == reference)
        .options(
            undefer(DebitFile.content),
            selectinload(DebitFile.lines).joinedload(DebitLine.invoice).joinedload(Invoice.enterprise),
            selectinload(DebitFile.lines).joinedload(DebitLine.mandate),
        )
    )
    if found is None:
        raise NotFound
    return found


def files(session: Session, *, most: int = 50) -> Sequence[DebitFile]:
    """The last files, the latest first."""
    return session.scalars(select(DebitFile).order_by(DebitFile.id.desc()).limit(most)).all()


def line_of_invoice(session: Session, invoice_id: int) -> DebitLine | None:
    """The last line that asked for an invoice."""
    return session.scalar(
        select(DebitLine).where(DebitLine.invoice_id == invoice_id).order_by(DebitLine.id.desc()).limit(1)
    )


def last_told(session: Session, invoice_ids: Collection[int]) -> dict[int, date]:
    """The last day on which a file asked for each of these invoices, or on which its shop was told that it failed."""
    rows = session.execute(
        select(DebitLine.invoice_id, DebitFile.collection_day, DebitLine.ended_on)
        .join(DebitFile, DebitLine.file_id == DebitFile.id)
        .where(DebitLine.invoice_id.in_(invoice_ids))
        .order_by(DebitFile.id)
    )
    return {invoice_id: max(asked, ended or asked) for invoice_id, asked, ended in rows}


def line(session: Session, line_id: int) -> DebitLine:
    """A line as it is now, with its invoice; raises :class:`NotFound`."""
    found = session.scalar(
        select(DebitLine)
        .where(DebitLine.id == line_id)
        .options(joinedload(DebitLine.invoice))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
