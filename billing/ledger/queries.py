"""Reading the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from billing.ledger.models import ClosingKind, Journal, JournalEntry, JournalLine, LedgerClosing, LedgerHead
from coopcircuits import clock
from coopcircuits.cooperative.models import Cooperative

_BATCH = 500

# ---------------------------------------------------------------- the chains


def head(session: Session) -> LedgerHead | None:
    """The end of the chains; nothing before the first entry."""
    return session.get(LedgerHead, 1)


def lock_head(session: Session) -> LedgerHead:
    """Hold the end of the chains, which must be there, until the transaction ends."""
    return session.scalars(select(LedgerHead).with_for_update().execution_options(populate_existing=True)).one()


def entry_of(session: Session, source: str) -> JournalEntry | None:
    """The entry of a fact, with its lines."""
    return session.scalar(
        select(JournalEntry).where(JournalEntry.source == source).options(selectinload(JournalEntry.lines))
    )


def last_number(session: Session, journal: Journal, year: int) -> int:
    """The last number given in a journal and year; zero before the first."""
    found = session.scalar(
        select(func.max(JournalEntry.number)).where(JournalEntry.journal == journal, JournalEntry.year == year)
    )
    return found or 0


def entries_in_order(session: Session, *, upto: int) -> Iterator[JournalEntry]:
    """Entries up to a position with their lines, in the order of the chain, read a few at a time."""
    return _in_batches(session, JournalEntry.id <= upto)


def entries_of_year(session: Session, year: int) -> Iterator[JournalEntry]:
    """The entries of a year of the books with their lines, in the order of the chain, read a few at a time."""
    return _in_batches(session, JournalEntry.year == year)


def _in_batches(session: Session, *wanted: ColumnElement[bool]) -> Iterator[JournalEntry]:
    position = 0
    while batch := session.scalars(
        select(JournalEntry)
        .where(JournalEntry.id > position, *wanted)
        .order_by(JournalEntry.id)
        .limit(_BATCH)
        .options(selectinload(JournalEntry.lines))
    ).all():
        yield from batch
        position = batch[-1].id


# ---------------------------------------------------------------- closings


def last_closings(session: Session) -> dict[ClosingKind, LedgerClosing]:
    """The latest closing of each kind."""
    latest = select(func.max(LedgerClosing.id)).group_by(LedgerClosing.kind)
    return {row.kind: row for row in session.scalars(select(LedgerClosing).where(LedgerClosing.id.in_(latest)))}


def closings(session: Session, *, after: int = 0, upto: int | None = None) -> Sequence[LedgerClosing]:
    """Closings beyond a number and up to another, in order."""
    wanted = select(LedgerClosing).where(LedgerClosing.id > after).order_by(LedgerClosing.id)
    return session.scalars(wanted if upto is None else wanted.where(LedgerClosing.id <= upto)).all()


@dataclass(frozen=True)
class Ends:
    """Where rows end, and where the head says they do, at one moment."""

    entry: int
    closing: int
    head_entry: int
    head_closing: int


def ends(session: Session) -> Ends:
    """Both ends in one look, so that what is entered meanwhile does not part them."""
    row = session.execute(
        select(
            select(func.max(JournalEntry.id)).scalar_subquery(),
            select(func.max(LedgerClosing.id)).scalar_subquery(),
            select(LedgerHead.entries).scalar_subquery(),
            select(LedgerHead.closings).scalar_subquery(),
        )
    ).one()
    return Ends(*(value or 0 for value in row))


def entered_days(session: Session, *, after: int, zone: str, before: date) -> dict[date, int]:
    """Civil days on which entries beyond a position were made, each with the position of its last, oldest first."""
    days: dict[date, int] = {}
    for position, posted_at in session.execute(
        select(JournalEntry.id, JournalEntry.posted_at).where(JournalEntry.id > after).order_by(JournalEntry.id)
    ):
        day = clock.local_date(posted_at, zone)
        if day >= before:
            break
        days[day] = position
    return days


@dataclass(frozen=True)
class Totals:
    """What entries in a row come to in one journal, in minor units."""

    entries: int
    debit: int
    credit: int


def totals(session: Session, first: int, last: int) -> dict[Journal, Totals]:
    """The entries between two positions, both included, by journal."""
    rows = session.execute(
        select(
            JournalEntry.journal,
            func.count(JournalEntry.id.distinct()),
            func.sum(JournalLine.debit),
            func.sum(JournalLine.credit),
        )
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .where(JournalEntry.id.between(first, last))
        .group_by(JournalEntry.journal)
        .order_by(JournalEntry.journal)
    )
    return {journal: Totals(count, int(debit), int(credit)) for journal, count, debit, credit in rows}


def hash_at(session: Session, position: int) -> str:
    """The hash of the entry at a position."""
    return session.scalars(select(JournalEntry.hash).where(JournalEntry.id == position)).one()


def zone(session: Session) -> str:
    """The time zone whose calendar the books follow: the cooperative's."""
    return session.scalars(select(Cooperative.zone)).one()
