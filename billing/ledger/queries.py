"""Reading the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from billing.ledger.models import ClosingKind, Journal, JournalEntry, JournalLine, LedgerClosing, LedgerHead
from coopcircuits import clock
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.events.models import JobRun
from coopcircuits.period import Month

_BATCH = 500
#: The job that verifies the books.
VERIFICATION = "billing.verify_books"

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


# ---------------------------------------------------------------- the journal


@dataclass(frozen=True)
class Wanted:
    """Which entries a reader asks for; what is empty does not narrow. ``month`` is ``YYYY-MM`` of the day in the books,
    ``text`` a part of the label, the piece or the number."""

    journal: Journal | None = None
    month: str = ""
    shop_id: int | None = None
    text: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.journal:
            found.append(JournalEntry.journal == self.journal)
        if self.month:
            first = Month.parse(self.month)
            found.append(JournalEntry.day >= first.first_day)
            found.append(JournalEntry.day < first.plus(1).first_day)
        if self.shop_id is not None:
            of_shop = select(JournalLine.entry_id).where(JournalLine.party_id == self.shop_id)
            found.append(JournalEntry.id.in_(of_shop))
        if self.text:
            found.append(
                or_(
                    JournalEntry.label.icontains(self.text, autoescape=True),
                    JournalEntry.piece.icontains(self.text, autoescape=True),
                )
            )
        return found


def count_entries(session: Session, wanted: Wanted) -> tuple[int, int]:
    """How many entries, and the sum of their debits; of the whole journal without reading what is closed."""
    conditions, known = wanted.conditions(), (0, 0)
    closed = None if conditions else last_closings(session).get(ClosingKind.DAY)
    if closed is not None:
        conditions, known = [JournalEntry.id > closed.last_id], (closed.last_id, closed.grand_total)
    count = session.scalar(select(func.count()).select_from(JournalEntry).where(*conditions))
    debit = session.scalar(
        select(func.sum(JournalLine.debit))
        .join(JournalEntry, JournalLine.entry_id == JournalEntry.id)
        .where(*conditions)
    )
    return known[0] + (count or 0), known[1] + int(debit or 0)


def latest_entries(session: Session, wanted: Wanted, *, skip: int, most: int) -> Sequence[JournalEntry]:
    """Entries with their lines, the latest entered first."""
    return session.scalars(
        select(JournalEntry)
        .where(*wanted.conditions())
        .order_by(JournalEntry.id.desc())
        .offset(skip)
        .limit(most)
        .options(selectinload(JournalEntry.lines))
    ).all()


def months(session: Session) -> list[str]:
    """The months from the first day in the books to the last, the latest first."""
    first, last = _first_and_last_day(session)
    found: list[str] = []
    while first is not None and (not found or found[0] < f"{last:%Y-%m}"):
        found.insert(0, str(Month(first.year, first.month).plus(len(found))))
    return found


def years(session: Session) -> list[int]:
    """The years from the first day in the books to the last, the latest first."""
    first, last = _first_and_last_day(session)
    return list(range(last.year, first.year - 1, -1)) if first and last else []


def _first_and_last_day(session: Session) -> tuple[date | None, date | None]:
    # Two questions, since each alone is answered from the index.
    first, last = (session.scalar(select(end(JournalEntry.day))) for end in (func.min, func.max))
    return first, last


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


def latest_closings(session: Session, *, skip: int, most: int) -> Sequence[LedgerClosing]:
    """Closings, the latest first."""
    return session.scalars(select(LedgerClosing).order_by(LedgerClosing.id.desc()).offset(skip).limit(most)).all()


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


def last_verification(session: Session) -> JobRun | None:
    """How the worker last found the books."""
    return session.get(JobRun, VERIFICATION)


def zone(session: Session) -> str:
    """The time zone whose calendar the books follow: the cooperative's."""
    return session.scalars(select(Cooperative.zone)).one()
