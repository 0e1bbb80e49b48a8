"""Closing, exporting and verifying as a person or the worker does it."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from billing.ledger import instance
from billing.ledger.errors import BooksOlder
from billing.ledger.verification import Wrong
from coopcircuits import clock, jobs
from coopcircuits.db import Database
from coopcircuits.doors import close_reading
from tests.support.ledger import payment, post, sale
from tests.support.shops import make_enterprise

NOVEMBER_5 = datetime(2026, 11, 5, 9, tzinfo=UTC)
NOVEMBER_6 = datetime(2026, 11, 6, 9, tzinfo=UTC)


def ledger(app: Flask, *arguments: str, at: datetime = NOVEMBER_6) -> Result:
    with clock.travel(at):
        return app.test_cli_runner().invoke(args=["billing", "ledger", *arguments])


@pytest.fixture
def books(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session, name="La Ferme du Val")
        post(session, sale(shop), at=NOVEMBER_5)
        post(session, payment(shop, 3420), at=NOVEMBER_5)


def tamper(database: Database, *statements: str) -> None:
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


def test_closing_twice_closes_once(app: Flask, books: None) -> None:
    first = ledger(app, "close")
    assert first.exit_code == 0, first.output
    assert first.output.splitlines()[0].startswith("2026-11-05: entries 1 to 2, sha256:")
    assert ledger(app, "close").output == "0 closings made.\n"
    with app.app_context():
        assert len(instance.kept_closings().read_bytes().splitlines()) == 1


def test_the_worker_closes_what_is_over(app: Flask, books: None) -> None:
    with app.app_context(), clock.travel(NOVEMBER_6):
        assert jobs.run_once("billing.close_books", dry_run=True) == "2026-11-05"
        assert jobs.run_once("billing.close_books") == "1 clôture faite"
        assert jobs.run_once("billing.close_books") == ""


def test_the_worker_verifies_the_books(app: Flask, database: Database, books: None) -> None:
    with app.app_context(), clock.travel(NOVEMBER_6):
        assert jobs.run_once("billing.verify_books") == "2 écritures et 0 clôtures intactes"
        tamper(database, "UPDATE journal_entry SET label = 'X' WHERE id = 2")
        close_reading()
        with pytest.raises(Wrong, match="entry 2: was changed"):
            jobs.run_once("billing.verify_books")


def test_closings_are_signed_once_the_instance_has_keys(app: Flask, database: Database, books: None) -> None:
    with app.app_context(), clock.travel(NOVEMBER_5):
        instance.open_keys()
    ledger(app, "close")
    assert "1 closings are signed. Last closed: 2026-11-05." in ledger(app, "verify").output
    tamper(database, "UPDATE ledger_closing SET kid = NULL, signature = NULL")
    assert "WRONG: closing 1" in ledger(app, "verify").output


def test_the_database_is_verified(app: Flask, database: Database, books: None) -> None:
    ledger(app, "close")
    good = ledger(app, "verify")
    assert good.output == "2 entries and 1 closings are whole; 0 closings are signed. Last closed: 2026-11-05.\n"
    tamper(database, "UPDATE journal_line SET debit = 3421 WHERE entry_id = 2 AND debit > 0")
    bad = ledger(app, "verify")
    assert bad.exit_code == 1
    assert "WRONG: entry 2: was changed" in bad.output


@pytest.mark.parametrize(
    ("table", "column", "row"), [("journal_entry", "entries", "entry 2"), ("ledger_closing", "closings", "closing 1")]
)
def test_rows_behind_the_head_are_found(
    app: Flask, database: Database, books: None, table: str, column: str, row: str
) -> None:
    ledger(app, "close")
    tamper(database, f"UPDATE ledger_head SET {column} = {column} - 1")  # noqa: S608 - our own names
    assert f"WRONG: {row}: was added behind the head" in ledger(app, "verify").output


def test_an_exported_file_is_verified_without_the_database(
    app: Flask, database: Database, books: None, tmp_path: Path
) -> None:
    ledger(app, "close")
    exported = ledger(app, "export", str(tmp_path / "books"))
    assert exported.output.strip() == str(tmp_path / "books" / "books.jsonl")
    tamper(database, "DELETE FROM journal_line", "DELETE FROM journal_entry", "DELETE FROM ledger_head")
    assert "2 entries and 1 closings are whole" in ledger(app, "verify", str(tmp_path / "books")).output
    assert "2 entries and 1 closings are whole" in ledger(app, "verify", exported.output.strip()).output
    path = tmp_path / "books" / "books.jsonl"
    path.write_bytes(path.read_bytes().replace(b"3420", b"3421", 1))
    assert "WRONG: line 2, entry 1: was changed" in ledger(app, "verify", str(tmp_path / "books")).output


def test_books_replaced_by_an_old_copy_are_found(app: Flask, database: Database, books: None, tmp_path: Path) -> None:
    ledger(app, "close")
    ledger(app, "export", str(tmp_path))
    with database.transaction() as session:
        post(session, sale(make_enterprise(session)), at=NOVEMBER_6)
    ledger(app, "close", at=datetime(2026, 11, 7, 9, tzinfo=UTC))
    with app.app_context():
        kept = instance.kept_closings()
    assert "are whole" in ledger(app, "verify", str(tmp_path)).output, "alone, the old copy is whole"
    assert "closing 2: is missing" in ledger(app, "verify", str(tmp_path), "--against", str(kept)).output
    shutil.copy(kept, tmp_path)
    assert "closing 2: is missing" in ledger(app, "verify", str(tmp_path)).output
    tamper(
        database,
        "DELETE FROM ledger_closing WHERE id = 2",
        "DELETE FROM journal_line WHERE entry_id = 3",
        "DELETE FROM journal_entry WHERE id = 3",
        "UPDATE ledger_head SET closings = 1, entries = 2, at = (SELECT closed_at FROM ledger_closing), "
        "closing_hash = (SELECT hash FROM ledger_closing), entry_hash = (SELECT hash FROM journal_entry WHERE id = 2)",
    )
    assert "WRONG: closing 2: is missing" in ledger(app, "verify").output
    with app.app_context(), clock.travel(NOVEMBER_6), pytest.raises(BooksOlder):
        instance.close_books()


def test_a_line_torn_by_a_sudden_end_is_written_again(app: Flask, database: Database, books: None) -> None:
    ledger(app, "close")
    with database.transaction() as session:
        post(session, sale(make_enterprise(session)), at=NOVEMBER_6)
    november_7 = datetime(2026, 11, 7, 9, tzinfo=UTC)
    ledger(app, "close", at=november_7)
    with app.app_context():
        kept = instance.kept_closings()
    whole = kept.read_bytes()
    for left in (len(whole) - 1, len(whole) - 100, whole.index(b"\n") + 2, 5):
        kept.write_bytes(whole[:left])
        assert "are whole" in ledger(app, "verify", at=november_7).output
        kept.write_bytes(whole[:left])
        assert ledger(app, "close", at=november_7).exit_code == 0
        assert kept.read_bytes() == whole


def test_a_torn_line_that_the_database_cannot_write_again_is_said(app: Flask, books: None) -> None:
    ledger(app, "close")
    with app.app_context(), clock.travel(NOVEMBER_6):
        kept = instance.kept_closings()
        lost = kept.read_bytes() + b'{"closed_at":"2026-11-07'
        kept.write_bytes(lost)
        with pytest.raises(Wrong, match="line 2"):
            instance.close_books()
        assert kept.read_bytes() == lost


def test_those_who_keep_closings_at_once_write_each_once(app: Flask, database: Database, books: None) -> None:
    ledger(app, "close")
    with app.app_context():
        kept = instance.kept_closings()
    whole = kept.read_bytes()
    kept.unlink()

    def keep(_number: int) -> None:
        with database.reading() as session:
            instance.keep_closings(session, kept)

    with ThreadPoolExecutor(6) as closers:
        list(closers.map(keep, range(12)))
    assert kept.read_bytes() == whole


def test_a_source_that_is_not_there_is_said_in_a_line(app: Flask, tmp_path: Path) -> None:
    missing = ledger(app, "verify", str(tmp_path / "nothing"))
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output
