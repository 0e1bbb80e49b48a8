"""Each shop's account with the cooperative, as the books tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from billing.ledger.models import JournalEntry, JournalLine
from shops.enterprise.models import Enterprise


@dataclass(frozen=True)
class Balance:
    """A shop's account: what it was asked for, what it paid or was taken off, what it owes; minor units."""

    shop: Enterprise
    debit: int
    credit: int
    last_day: date

    @property
    def owed(self) -> int:
        return self.debit - self.credit


def balances(session: Session, *, text: str, skip: int, most: int) -> tuple[list[Balance], int]:
    """Shops with an account, those that owe most first; and how many there are."""
    debit, credit = func.sum(JournalLine.debit), func.sum(JournalLine.credit)
    rows = (
        select(Enterprise, debit, credit, func.max(JournalEntry.day), func.count().over())
        .join(JournalLine, JournalLine.party_id == Enterprise.id)
        .join(JournalEntry, JournalEntry.id == JournalLine.entry_id)
        .where(Enterprise.name.icontains(text, autoescape=True) if text else true())
        .group_by(Enterprise.id)
        .order_by((debit - credit).desc(), Enterprise.name)
        .offset(skip)
        .limit(most)
    )
    found = session.execute(rows).all()
    return [Balance(row[0], int(row[1]), int(row[2]), row[3]) for row in found], found[0][4] if found else 0


def owed_by_all(session: Session) -> int:
    """What all shops together owe, less what some have in credit."""
    found = session.scalar(
        select(func.sum(JournalLine.debit - JournalLine.credit)).where(JournalLine.party_id.is_not(None))
    )
    return int(found or 0)


@dataclass(frozen=True)
class Move:
    """A line of a shop's account, and what the shop owes after it (negative: in credit)."""

    day: date
    piece: str
    piece_day: date
    label: str
    source: str
    debit: int
    credit: int
    owed: int


def moves(session: Session, shop_id: int, *, skip: int = 0, most: int | None = None) -> Iterator[Move]:
    """A shop's account, the latest day first."""
    order = (JournalEntry.day, JournalEntry.id, JournalLine.id)
    owed = func.sum(JournalLine.debit - JournalLine.credit).over(order_by=order)
    rows = session.execute(
        select(
            JournalEntry.day,
            JournalEntry.piece,
            JournalEntry.piece_day,
            JournalEntry.label,
            JournalEntry.source,
            JournalLine.debit,
            JournalLine.credit,
            owed,
        )
        .join(JournalLine, JournalLine.entry_id == JournalEntry.id)
        .where(JournalLine.party_id == shop_id)
        .order_by(*(column.desc() for column in order))
        .offset(skip)
        .limit(most)
    )
    return (Move(*row[:-1], int(row[-1])) for row in rows)


def count_moves(session: Session, shop_id: int) -> int:
    """Lines of a shop's account."""
    return session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.party_id == shop_id)) or 0


def owed_by(session: Session, shop_id: int) -> int:
    """What a shop owes; negative when it is in credit."""
    found = session.scalar(
        select(func.sum(JournalLine.debit - JournalLine.credit)).where(JournalLine.party_id == shop_id)
    )
    return int(found or 0)
