"""Facts in the books: balanced, numbered without a gap, chained, entered once, never changed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger import queries
from billing.ledger.chain import NOTHING_BEFORE, entry_record, record_hash
from billing.ledger.chart import Account
from billing.ledger.errors import EntryUnbalanced, OtherBooksCurrency, PieceDayUnlikely
from billing.ledger.models import ClosingKind, Journal, JournalEntry, JournalLine, LedgerClosing
from billing.ledger.services import Amount, Piece, close_periods
from coopcircuits import clock
from coopcircuits.db import Database
from tests.support.crowd import at_once
from tests.support.ledger import payment, post, sale
from tests.support.shops import make_enterprise

NOVEMBER_5 = datetime(2026, 11, 5, 9, tzinfo=UTC)


def entries(session: Session) -> list[JournalEntry]:
    return list(queries.entries_in_order(session, upto=1000))


def test_an_entry_is_balanced_numbered_and_chained(session: Session) -> None:
    shop = make_enterprise(session, name="La Ferme du Val")
    first = post(session, sale(shop), at=NOVEMBER_5)
    second = post(session, payment(shop, 3420), at=NOVEMBER_5, journal=Journal.BANK, source="receipt:1")
    third = post(session, sale(shop, 1000, 0), at=NOVEMBER_5)
    assert [(entry.id, entry.journal, entry.year, entry.number) for entry in (first, second, third)] == [
        (1, Journal.SALES, 2026, 1),
        (2, Journal.BANK, 2026, 1),
        (3, Journal.SALES, 2026, 2),
    ]
    assert [(line.account, line.debit, line.credit) for line in first.lines] == [
        ("411000", 3420, 0),
        ("706000", 0, 2850),
        ("445710", 0, 570),
    ]
    assert (first.lines[0].party_id, first.lines[0].party_name) == (shop.id, "La Ferme du Val")
    assert [first.previous_hash, second.previous_hash] == [NOTHING_BEFORE, first.hash]
    head = queries.lock_head(session)
    assert (head.entries, head.entry_hash) == (3, third.hash)


def test_what_is_stored_gives_the_hash_that_was_entered(database: Database) -> None:
    with database.transaction() as session:
        post(session, sale(make_enterprise(session)), at=NOVEMBER_5.replace(microsecond=987_654))
    with database.reading() as session:
        (entry,) = entries(session)
        assert entry.hash == record_hash(entry_record(entry))


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        [Amount(Account.BANK, debit=100), Amount(Account.GIFTS, credit=99)],
        [Amount(Account.BANK, debit=0), Amount(Account.GIFTS, credit=0)],
        [Amount(Account.BANK, debit=-5), Amount(Account.GIFTS, credit=-5)],
        [Amount(Account.BANK, debit=7, credit=7)],
    ],
)
def test_an_entry_that_is_not_balanced_is_refused(session: Session, amounts: list[Amount]) -> None:
    with pytest.raises(EntryUnbalanced):
        post(session, amounts)
    assert queries.head(session) is None


@pytest.mark.parametrize("day", [date(2026, 11, 7), date(2062, 11, 5), date(1999, 12, 31), date(226, 11, 5)])
def test_a_piece_of_a_mistyped_year_never_enters(database: Database, day: date) -> None:
    with pytest.raises(PieceDayUnlikely), database.transaction() as session:
        post(session, sale(make_enterprise(session)), at=NOVEMBER_5, day=day)
    with database.reading() as session:
        assert queries.head(session) is None


@pytest.mark.parametrize("day", [date(2026, 11, 6), date(2000, 1, 1)])
def test_a_piece_of_long_ago_or_of_tomorrow_elsewhere_enters(session: Session, day: date) -> None:
    assert post(session, sale(make_enterprise(session)), at=NOVEMBER_5, day=day).piece_day == day


def test_the_same_fact_is_entered_once(session: Session) -> None:
    shop = make_enterprise(session)
    first = post(session, sale(shop), source="invoice:7")
    assert post(session, sale(shop), source="invoice:7").id == first.id
    assert queries.lock_head(session).entries == 1


def test_books_are_kept_in_one_currency(session: Session) -> None:
    shop = make_enterprise(session)
    post(session, sale(shop))
    with pytest.raises(OtherBooksCurrency):
        post(session, sale(shop), currency="CHF")


def test_numbers_begin_again_with_the_year_of_the_books(session: Session) -> None:
    shop = make_enterprise(session)
    january = datetime(2027, 1, 4, 9, tzinfo=UTC)
    post(session, sale(shop), at=NOVEMBER_5)
    old = post(session, sale(shop), at=january, day=date(2026, 12, 30))
    new = post(session, sale(shop), at=january)
    assert [(old.year, old.number, old.day), (new.year, new.number)] == [(2026, 2, date(2026, 12, 30)), (2027, 1)]


def test_what_is_heard_of_too_late_is_entered_on_the_first_open_day(session: Session) -> None:
    entry = post(
        session, sale(make_enterprise(session)), at=datetime(2026, 12, 1, 9, tzinfo=UTC), day=date(2026, 10, 9)
    )
    assert (entry.day, entry.piece_day) == (date(2026, 11, 1), date(2026, 10, 9))


def test_a_clock_put_back_does_not_turn_the_books_back(session: Session) -> None:
    shop = make_enterprise(session)
    first = post(session, sale(shop), at=NOVEMBER_5)
    second = post(session, sale(shop), at=datetime(2026, 11, 4, 9, tzinfo=UTC))
    assert second.posted_at == first.posted_at


def test_names_are_cleaned_of_what_would_break_a_line(session: Session) -> None:
    shop = make_enterprise(session)
    shop.name = "La\tFerme\u0301 | du\nVal"
    entry = post(session, sale(shop), label="Facture\t1\n", piece=Piece("F\t1", date(2026, 11, 5)))
    assert (entry.lines[0].party_name, entry.label, entry.piece) == ("La Fermé | du Val", "Facture 1", "F 1")


def test_an_entry_is_never_changed_nor_deleted(database: Database) -> None:
    with database.transaction() as session:
        post(session, sale(make_enterprise(session)))
    for model in (JournalEntry, JournalLine):
        with pytest.raises(TypeError), database.transaction() as session:
            setattr(session.scalars(select(model)).first(), "label" if model is JournalEntry else "debit", "7")
        with pytest.raises(TypeError), database.transaction() as session:
            session.delete(session.scalars(select(model).limit(1)).one())


def test_thirty_posting_at_once_make_one_chain_without_a_gap(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)

    def posting(number: int) -> Callable[[Any], object]:
        def job(session: Session) -> None:
            post(session, sale(shop), source=f"invoice:{number % 25}")
            if number % 5 == 4:
                raise InterruptedError

        return job

    ends = at_once(database, [posting(number) for number in range(30)])
    assert ends == {"done": 24, "InterruptedError": 6}
    with database.reading() as session:
        found = entries(session)
        assert [entry.id for entry in found] == list(range(1, 21))
        assert [entry.number for entry in found] == list(range(1, 21))
        previous = NOTHING_BEFORE
        for entry in found:
            assert (entry.previous_hash, entry.hash) == (previous, record_hash(entry_record(entry)))
            previous = entry.hash


# ---------------------------------------------------------------- closings


def closed(session: Session, at: datetime) -> list[tuple[str, int, int, int]]:
    with clock.travel(at):
        return [
            (closing.period, closing.first_id, closing.last_id, closing.grand_total)
            for closing in close_periods(session, signer=None)
        ]


def test_days_months_and_years_are_closed_once_with_their_sums(session: Session) -> None:
    shop = make_enterprise(session)
    for day in (datetime(2026, 11, 5, 9, tzinfo=UTC), datetime(2026, 11, 5, 22, 59, tzinfo=UTC)):
        post(session, sale(shop, 100, 0), at=day)
    late = datetime(2026, 11, 5, 23, 1, tzinfo=UTC)  # the 6th in Paris
    post(session, payment(shop, 60), at=late, journal=Journal.BANK)
    assert closed(session, late) == [("2026-11-05", 1, 2, 200)]
    assert closed(session, late) == []
    assert closed(session, datetime(2027, 1, 2, tzinfo=UTC)) == [
        ("2026-11-06", 3, 3, 260),
        ("2026-11", 1, 3, 260),
        ("2026", 1, 3, 260),
    ]
    month = session.scalars(select(LedgerClosing).where(LedgerClosing.kind == ClosingKind.MONTH)).one()
    assert month.totals == {
        "BQ": {"entries": 1, "debit_minor": 60, "credit_minor": 60},
        "VE": {"entries": 2, "debit_minor": 200, "credit_minor": 200},
    }
    post(session, sale(shop, 40, 0), at=datetime(2027, 1, 2, tzinfo=UTC))
    assert closed(session, datetime(2027, 2, 2, tzinfo=UTC)) == [("2027-01-02", 4, 4, 300), ("2027-01", 4, 4, 300)]


def test_nothing_is_entered_into_a_closed_day_though_the_clock_goes_back(session: Session) -> None:
    shop = make_enterprise(session)
    post(session, sale(shop), at=datetime(2026, 11, 5, 12, tzinfo=UTC))
    assert closed(session, datetime(2026, 11, 6, 12, tzinfo=UTC))
    entry = post(session, sale(shop), at=datetime(2026, 11, 5, 18, tzinfo=UTC))
    assert entry.posted_at == datetime(2026, 11, 6, 12, tzinfo=UTC)


def test_two_processes_close_each_period_once(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
        for day in range(1, 9):
            post(session, sale(shop), at=datetime(2026, 10, day, tzinfo=UTC))
    assert at_once(database, [lambda session: close_periods(session, signer=None)] * 4) == {"done": 4}
    with database.reading() as session:
        found = queries.closings(session)
        assert [closing.id for closing in found] == list(range(1, 10))
        assert [closing.period for closing in found] == [*(f"2026-10-0{day}" for day in range(1, 9)), "2026-10"]
