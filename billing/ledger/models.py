"""The journals, the end of their chain, and their closings. Rows are only ever added."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word


class Journal(enum.StrEnum):
    """The codes that French accountants use."""

    SALES = "VE"
    BANK = "BQ"
    CASH = "CA"
    OTHER = "OD"


class JournalEntry(Model):
    """One fact in the books, balanced: the debits of its lines equal their credits.

    ``id`` is its position in the chain of all journals: 1, 2, 3 … without a gap; ``number`` counts within its journal
    and year. ``hash`` covers everything here, the lines and the hash before (:mod:`billing.ledger.chain`).
    """

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("journal", "year", "number"), Index("ix_journal_entry_day", "day"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    journal: Mapped[Journal] = word(Journal)
    year: Mapped[int]
    number: Mapped[int]
    #: The day in the books; ``piece_day`` is the day of the invoice or payment itself.
    day: Mapped[date]
    piece: Mapped[str] = mapped_column(String(60))
    piece_day: Mapped[date]
    #: SHA-256 of the document, where there is one.
    piece_digest: Mapped[str | None] = mapped_column(String(71))
    label: Mapped[str] = mapped_column(String(200))
    #: The fact behind it ("invoice:12"), which is entered once only.
    source: Mapped[str] = mapped_column(String(60), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    posted_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(71))
    hash: Mapped[str] = mapped_column(String(71))

    lines: Mapped[list["JournalLine"]] = relationship(lazy="raise_on_sql", order_by="JournalLine.id")

    @property
    def total(self) -> int:
        """The sum of its debits, which is that of its credits."""
        return sum(line.debit for line in self.lines)


class JournalLine(Model):
    """An amount on one account: in ``debit`` or in ``credit``, minor units, never negative."""

    __tablename__ = "journal_line"
    __table_args__ = (
        CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="one_side"),
        Index("ix_journal_line_entry_id", "entry_id"),
        Index("ix_journal_line_party", "party_id", "account"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"))
    account: Mapped[str] = mapped_column(String(12))
    #: The shop, on accounts kept for each of them, and its name at that time.
    party_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    party_name: Mapped[str] = mapped_column(String(120), default="")
    debit: Mapped[Minor]
    credit: Mapped[Minor]


class LedgerHead(Model):
    """The end of both chains: a single row, locked by whoever adds to them. ``at`` never goes back."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    currency: Mapped[str] = mapped_column(String(3))
    entries: Mapped[int]
    entry_hash: Mapped[str] = mapped_column(String(71))
    closings: Mapped[int]
    closing_hash: Mapped[str] = mapped_column(String(71))
    at: Mapped[datetime]


class ClosingKind(enum.StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class LedgerClosing(Model):
    """What was entered in a day, month or year of the cooperative's calendar, summed and sealed for good.

    It covers the entries ``first_id`` to ``last_id``. ``totals`` holds entries, debits and credits by journal,
    ``grand_total`` the debits of every entry since the beginning. ``id`` counts from 1 without a gap.
    """

    __tablename__ = "ledger_closing"
    __table_args__ = (UniqueConstraint("kind", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ClosingKind] = word(ClosingKind)
    period: Mapped[str] = mapped_column(String(10))
    zone: Mapped[str] = mapped_column(String(64))
    first_id: Mapped[int]
    last_id: Mapped[int]
    totals: Mapped[dict[str, Any]]
    grand_total: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    entry_hash: Mapped[str] = mapped_column(String(71))
    closed_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(71))
    hash: Mapped[str] = mapped_column(String(71))
    #: The key of this instance that signed it, if it had one.
    kid: Mapped[str | None] = mapped_column(String(40))
    signature: Mapped[str | None] = mapped_column(String(86))


def _refuse(_mapper: object, _connection: object, row: Model) -> None:
    raise TypeError(f"a {type(row).__name__} is never changed and never deleted: enter another one")


for _model in (JournalEntry, JournalLine, LedgerClosing):
    event.listen(_model, "before_update", _refuse)
    event.listen(_model, "before_delete", _refuse)
