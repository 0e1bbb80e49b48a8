"""Enter facts into the books and close their days, months and years. Nothing entered is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.ledger import chart, queries
from billing.ledger.chain import NOTHING_BEFORE, closing_record, content, entry_record, record_hash
from billing.ledger.chart import Account
from billing.ledger.errors import EntryUnbalanced, OtherBooksCurrency, PieceDayUnlikely
from billing.ledger.models import ClosingKind, Journal, JournalEntry, JournalLine, LedgerClosing, LedgerHead
from billing.ledger.periods import due_periods, first_open_day
from coopcircuits import clock
from coopcircuits.db import write_unless_there
from coopcircuits.federation.schema import one_line
from coopcircuits.federation.signing import ObjectKind, Signer, encode_base64url, signed_bytes
from shops.enterprise.models import Enterprise

_LABEL = 200
_FIRST_PIECE = date(2000, 1, 1)


@dataclass(frozen=True)
class Piece:
    """The document behind an entry: what it is called, its day, its SHA-256 (64 hexadecimal digits) if it is kept."""

    reference: str
    day: date
    sha256: str | None = None


@dataclass(frozen=True)
class Amount:
    """What goes to one account: minor units on one side. ``party`` on accounts kept for each shop."""

    account: Account
    debit: int = 0
    credit: int = 0
    party: Enterprise | None = None


def post_entry(
    session: Session,
    *,
    journal: Journal,
    source: str,
    piece: Piece,
    label: str,
    currency: str,
    amounts: Sequence[Amount],
) -> JournalEntry:
    """Enter a fact once: the same ``source`` again gives the entry that is there.

    Call it last in a transaction: others who post wait until it ends. The day in the books is that of the piece, or
    the first day still open. Raises :class:`EntryUnbalanced`, :class:`OtherBooksCurrency` where the books are kept in
    another currency, and :class:`PieceDayUnlikely` before the year 2000 or later than tomorrow (a shop may be in a zone
    where it is tomorrow already).
    """
    _check(amounts)
    head = _hold_head(session, currency)
    if (known := queries.entry_of(session, source)) is not None:
        return known
    if currency != head.currency:
        raise OtherBooksCurrency(currency=currency, expected=head.currency)
    posted_at = max(clock.now().replace(microsecond=0), head.at)
    today = clock.local_date(posted_at, queries.zone(session))
    if not _FIRST_PIECE <= piece.day <= today + timedelta(days=1):
        raise PieceDayUnlikely(day=piece.day.isoformat())
    day = max(piece.day, first_open_day(today))
    entry = JournalEntry(
        id=head.entries + 1,
        journal=journal,
        year=day.year,
        number=queries.last_number(session, journal, day.year) + 1,
        day=day,
        piece=one_line(piece.reference),
        piece_day=piece.day,
        piece_digest=piece.sha256 and f"sha256:{piece.sha256}",
        label=one_line(label)[:_LABEL],
        source=source,
        currency=currency,
        posted_at=posted_at,
        previous_hash=head.entry_hash,
        lines=[
            JournalLine(
                account=chart.account(amount.account, day),
                party_id=amount.party.id if amount.party else None,
                party_name=one_line(amount.party.name) if amount.party else "",
                debit=amount.debit,
                credit=amount.credit,
            )
            for amount in amounts
        ],
    )
    entry.hash = record_hash(entry_record(entry))
    session.add(entry)
    head.entries, head.entry_hash, head.at = entry.id, entry.hash, posted_at
    session.flush()
    return entry


def _check(amounts: Sequence[Amount]) -> None:
    debit, credit = sum(amount.debit for amount in amounts), sum(amount.credit for amount in amounts)
    sides = [sorted((amount.debit, amount.credit)) for amount in amounts]
    if debit != credit or not sides or any(lower != 0 or higher <= 0 for lower, higher in sides):
        raise EntryUnbalanced(debit=debit, credit=credit)


def _hold_head(session: Session, currency: str) -> LedgerHead:
    """The end of the chains, held until the transaction ends; made by whoever posts first."""
    write_unless_there(
        session,
        LedgerHead,
        id=1,
        currency=currency,
        entries=0,
        entry_hash=NOTHING_BEFORE,
        closings=0,
        closing_hash=NOTHING_BEFORE,
        at=clock.now().replace(microsecond=0),
    )
    return queries.lock_head(session)


@dataclass(frozen=True)
class Due:
    """What is over and not closed: ``periods`` in order, ``ends`` the last position of each day to close."""

    now: datetime
    zone: str
    latest: dict[ClosingKind, LedgerClosing]
    ends: dict[date, int]
    periods: list[tuple[ClosingKind, str]]


def what_is_due(session: Session, head: LedgerHead) -> Due:
    """The days, months and years to close now."""
    now, zone = max(clock.now().replace(microsecond=0), head.at), queries.zone(session)
    today, latest = clock.local_date(now, zone), queries.last_closings(session)
    last = latest.get(ClosingKind.DAY)
    ends = queries.entered_days(session, after=last.last_id if last else 0, zone=zone, before=today)
    done = {closing.period for closing in latest.values()}
    last_day = date.fromisoformat(last.period) if last else None
    return Due(now, zone, latest, ends, list(due_periods(list(ends), last=last_day, done=done, today=today)))


def close_periods(session: Session, *, signer: Signer | None) -> list[LedgerClosing]:
    """Close every day, month and year that is over and in which something was entered; returns the new closings.

    Each sums its entries and seals the last of them; ``signer`` signs them. Run again it closes nothing twice.
    """
    if queries.head(session) is None:
        return []
    head = queries.lock_head(session)
    due = what_is_due(session, head)
    latest, made = due.latest, []
    for kind, period in due.periods:
        before, day = latest.get(kind), latest.get(ClosingKind.DAY)
        last = due.ends[date.fromisoformat(period)] if kind is ClosingKind.DAY else (day.last_id if day else 0)
        first = before.last_id + 1 if before else 1
        found = queries.totals(session, first, last)
        grand_total = day.grand_total if day else 0
        if kind is ClosingKind.DAY:
            grand_total += sum(total.debit for total in found.values())
        closing = LedgerClosing(
            id=head.closings + 1,
            kind=kind,
            period=period,
            zone=due.zone,
            first_id=first,
            last_id=last,
            totals={
                journal.value: {"entries": total.entries, "debit_minor": total.debit, "credit_minor": total.credit}
                for journal, total in found.items()
            },
            grand_total=grand_total,
            currency=head.currency,
            entry_hash=queries.hash_at(session, last),
            closed_at=due.now,
            previous_hash=head.closing_hash,
        )
        _seal(closing, signer)
        session.add(closing)
        head.closings, head.closing_hash, head.at = closing.id, closing.hash, due.now
        session.flush()
        latest[kind] = closing
        made.append(closing)
    return made


def _seal(closing: LedgerClosing, signer: Signer | None) -> None:
    closing.kid = signer.kid if signer else None
    record = closing_record(closing)
    closing.hash = record_hash(record)
    if signer is not None:
        closing.signature = encode_base64url(signer.sign(signed_bytes(ObjectKind.LEDGER_CLOSING, content(record))))
