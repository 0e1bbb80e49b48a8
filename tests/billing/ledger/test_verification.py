"""Whoever changes, removes, swaps or replaces a row of the books is found, and the first wrong row is named."""

import io
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import archive
from billing.ledger.chain import Record, record_hash
from billing.ledger.models import Journal
from billing.ledger.services import close_periods
from billing.ledger.verification import Wrong, key_name, read_records, verify_file, verify_lines, verify_records
from coopcircuits import clock
from coopcircuits.db import Database, Model
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.federation.keys import PrivateKey
from tests.support.ledger import payment, post, sale
from tests.support.shops import make_enterprise

START = datetime(2026, 10, 20, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
SIGNER = PrivateKey(key_name(PUBLIC), KEY)


def keep_books(database: Database, days: int, *, start: datetime = START) -> None:
    """Two entries on each day, closed and signed as time goes by; those of the last day are still open."""
    with database.transaction() as session:
        shop = make_enterprise(session, name=f"La Ferme du Val {start:%j}")
        for day in range(days):
            at = start + timedelta(days=day)
            with clock.travel(at):
                close_periods(session, signer=SIGNER)
            entry = post(session, sale(shop, 1000 + day), at=at)
            paid = {"journal": Journal.BANK, "source": f"receipt:{entry.id}"}
            post(session, payment(shop, 500 + day), at=at + timedelta(hours=2), **paid)


def records_of(session: Session) -> Iterator[Record]:
    return archive.records(session, instance="coop.example", keys={SIGNER.kid: PUBLIC}, now=START)


def written(database: Database) -> list[bytes]:
    with database.reading() as session:
        return list(archive.lines(records_of(session)))


def named(lines: list[bytes], **given: Any) -> str:
    """The row that the offline verifier names in a file, with its line; nothing if it finds the books whole."""
    try:
        verify_lines(io.BytesIO(b"".join(lines)), **given)
    except Wrong as wrong:
        return wrong.row
    return ""


def test_whole_books_are_found_whole(database: Database, tmp_path: Path) -> None:
    keep_books(database, 14)
    path = tmp_path / "books.jsonl"
    path.write_bytes(b"".join(written(database)))
    whole = verify_file(path)
    assert (whole.entries, whole.closings, whole.signed, whole.unchecked) == (28, 14, 14, 0)
    with database.reading() as session:
        assert verify_records(records_of(session)) == whole


def test_books_without_an_entry_are_whole(database: Database) -> None:
    assert named(written(database)) == ""


# ---------------------------------------------------------------- a thousand tamperings

Tampering = Callable[[random.Random, list[bytes]], set[int]]


def change_a_byte(chance: random.Random, lines: list[bytes]) -> set[int]:
    at = chance.randrange(len(lines))
    line = bytearray(lines[at])
    line[chance.randrange(len(line))] ^= chance.randrange(1, 256)
    lines[at] = bytes(line)
    return {at}


def remove_a_row(chance: random.Random, lines: list[bytes]) -> set[int]:
    at = chance.choice([chance.randrange(len(lines)), len(lines) - 1])
    del lines[at]
    return {at}


def swap_two_rows(chance: random.Random, lines: list[bytes]) -> set[int]:
    first, second = chance.sample(range(len(lines)), 2)
    lines[first], lines[second] = lines[second], lines[first]
    return {first, second}


def repeat_a_row(chance: random.Random, lines: list[bytes]) -> set[int]:
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])
    return {at, at + 1}


def change_an_amount_and_its_hash(chance: random.Random, lines: list[bytes]) -> set[int]:
    """The row agrees with itself again: the row after it does not."""
    at = chance.choice([number for number, line in enumerate(lines) if b"coop-journal-entry" in line])
    (record,) = _decoded([lines[at]])
    for line in record["lines"]:
        line["debit_minor"] *= 2
        line["credit_minor"] *= 2
    record["hash"] = record_hash(record)
    lines[at] = canonical_bytes(record) + b"\n"
    return {at, at + 1, at + 2}


def _decoded(lines: list[bytes]) -> list[Record]:
    return [json.loads(line) for line in lines]


def _row_names(lines: list[bytes]) -> list[str]:
    return [
        f"{'entry' if 'position' in record else 'closing'} {record.get('position') or record.get('sequence')}"
        if "previous" in record
        else "head"
        for record in _decoded(lines)
    ] + ["the end"] * 3


def test_a_thousand_tamperings_of_a_thousand_are_found(database: Database) -> None:
    keep_books(database, 8)
    whole = written(database)
    rows = _row_names(whole)
    assert named(whole) == ""
    chance = random.Random(22)  # noqa: S311 - a die, not a secret
    ways: list[Tampering] = [change_a_byte, remove_a_row, swap_two_rows, repeat_a_row, change_an_amount_and_its_hash]
    missed = []
    for number in range(1000):
        lines = list(whole)
        touched = ways[number % len(ways)](chance, lines)
        row = named(lines)
        right = {f"line {at + 1}" for at in touched} | {rows[at] for at in touched}
        if lines == whole or not row or not right & set(row.split(", ")):
            missed.append((ways[number % len(ways)].__name__, sorted(right), row))
    assert missed == []


def test_an_old_backup_is_found_against_any_later_closing(database: Database, tmp_path: Path) -> None:
    keep_books(database, 5)
    old = written(database)
    keep_books(database, 4, start=START + timedelta(days=5))
    later = tmp_path / "later.jsonl"
    later.write_bytes(b"".join(written(database)))
    head, *rest = read_records(later)
    closings = [record for record in rest if record["schema"].startswith("coop-ledger-closing")]
    assert named(old) == "", "an old copy is whole in itself"
    assert named(old, anchors=closings[:4]) == "", "and agrees with what was closed before it"
    for number in range(4, len(closings)):
        assert named(old, anchors=[closings[number]])
    assert named(old, anchors=[head])


def test_books_rewritten_from_a_row_on_are_found_by_what_was_sealed(database: Database) -> None:
    """Somebody who may write everything but has no key computes every hash again."""
    keep_books(database, 8)
    head, *rest = _decoded(written(database))
    hashes: dict[str, str] = {}
    for record in rest:
        if record.get("position", 0) == 7:
            record["label"] = "Facture effacée"
        for member in ("previous", "entry_hash"):
            if member in record:
                record[member] = hashes.get(record[member], record[member])
        before, record["hash"] = record["hash"], record_hash(record)
        hashes[before] = record["hash"]
    for member in ("entry_hash", "closing_hash"):
        head[member] = hashes.get(head[member], head[member])
    head["hash"] = record_hash(head)
    with pytest.raises(Wrong, match=r"closing \d+: was not signed by"):
        verify_records([head, *rest])
    head["keys"] = {}
    head["hash"] = record_hash(head)
    assert verify_records([head, *rest]).unchecked > 0, "without the key it can only be said that nobody checked"
    honest = [record for record in _decoded(written(database)) if "sequence" in record]
    with pytest.raises(Wrong, match="was rewritten"):
        verify_records([head, *rest], anchors=honest[3:4])


def test_a_key_under_another_name_is_refused(database: Database) -> None:
    keep_books(database, 2)
    with database.reading() as session, pytest.raises(Wrong, match="head"):
        verify_records(archive.records(session, instance="x", keys={"ed25519:00000000aaaaaaaa": PUBLIC}, now=START))


# ---------------------------------------------------------------- in the database

_VALUES = {
    "journal": "'OD'", "year": "2025", "number": "77", "day": "'2026-10-01'", "piece": "'X'",
    "piece_day": "'2026-10-02'", "piece_digest": "'sha256:{}'".format("a" * 64), "label": "'X'", "source": "'X'",
    "currency": "'CHF'", "posted_at": "'2026-10-25 09:00:00.000001'", "previous_hash": "'sha256:{}'".format("b" * 64),
    "hash": "'sha256:{}'".format("c" * 64), "account": "'411001'", "party_id": "NULL", "party_name": "'Autre'",
    "debit": "debit * 2", "credit": "credit * 2", "kind": "'year'", "period": "'2026-10-19'", "zone": "'Asia/Tokyo'",
    "first_id": "2", "last_id": "1", "totals": "'{}'", "grand_total": "grand_total + 1",
    "entry_hash": "'sha256:{}'".format("d" * 64), "closed_at": "'2026-12-25 09:00:00'", "kid": "NULL",
    "signature": "'{}'".format("A" * 86), "entries": "entries - 1", "closings": "closings - 1",
    "closing_hash": "'sha256:{}'".format("e" * 64), "at": "'2026-12-25 09:00:00'",
}  # fmt: skip
_ROWS = {"journal_entry": "id = 4", "journal_line": "entry_id = 5",
         "ledger_closing": "id = 2", "ledger_head": "id = 1"}  # fmt: skip


def problem(session: Session) -> str:
    session.expire_all()
    try:
        verify_records(records_of(session))
    except Wrong as wrong:
        return wrong.row
    return ""


def test_every_column_of_every_row_is_covered(database: Database) -> None:
    keep_books(database, 5)
    missed = []
    with database.transaction() as session:
        for table, row in _ROWS.items():
            columns = [name for name in _columns(session, table) if name not in ("id", "entry_id")]
            for column in columns:
                undo = session.begin_nested()
                session.execute(text(f'UPDATE {table} SET "{column}" = {_VALUES[column]} WHERE {row}'))  # noqa: S608 - ours
                if not problem(session):
                    missed.append(f"{table}.{column}")
                undo.rollback()
        assert problem(session) == ""
    assert missed == []


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["DELETE FROM journal_line WHERE entry_id = 4", "DELETE FROM journal_entry WHERE id = 4"], "entry 4"),
        (["DELETE FROM journal_line WHERE entry_id = 10", "DELETE FROM journal_entry WHERE id = 10"], "entry 10"),
        (["DELETE FROM journal_line WHERE entry_id = 4"], "entry 4"),
        (["UPDATE journal_line SET entry_id = 3 WHERE entry_id = 4"], "entry 3"),
        (["DELETE FROM ledger_closing WHERE id = 2"], "closing 2"),
        (["DELETE FROM ledger_closing WHERE id = 4"], "closing 4"),
        (["DELETE FROM ledger_head"], "head"),
    ],
)
def test_rows_removed_from_the_database_are_named(database: Database, statements: list[str], row: str) -> None:
    keep_books(database, 5)
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))
        assert problem(session) == (row if row != "head" else "")


def _columns(session: Session, table: str) -> list[str]:
    return [column.name for column in Model.metadata.tables[table].columns]
