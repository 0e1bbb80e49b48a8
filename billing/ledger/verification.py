"""Whether books are whole: every row read in order, the first wrong one named. No database, no clock, no secret."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from billing.ledger.chain import BOOKS, CLOSING, ENTRY, NOTHING_BEFORE, Record, content, record_hash
from billing.ledger.models import ClosingKind
from billing.ledger.periods import period_of
from billing.ledger.records import FORMS
from coopcircuits import clock
from coopcircuits.federation.canonical import decode
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind, decode_base64url, signed_bytes


class Wrong(Exception):
    """The first row that is not as it was entered: which one, and why."""

    def __init__(self, row: str, problem: str) -> None:
        super().__init__(f"{row}: {problem}")
        self.row, self.problem = row, problem


@dataclass(frozen=True)
class Whole:
    """What was verified. ``unchecked`` closings are signed with a key that was not at hand."""

    entries: int
    closings: int
    signed: int
    unchecked: int
    last_closing: str


@dataclass
class _Span:
    """What entries since the last closing of a kind come to."""

    first: int
    since: str = ""
    until: str = ""
    journals: dict[str, dict[str, int]] = field(default_factory=dict)


class _Reader:
    """Takes the records of the books one after the other."""

    def __init__(self, anchors: Iterable[Record]) -> None:
        self.books: Record | None = None
        self.position, self.entry_hash = 0, NOTHING_BEFORE
        self.sequence, self.closing_hash = 0, NOTHING_BEFORE
        self.numbers: dict[tuple[str, int], int] = {}
        self.posted_at = self.closed_at = self.last_closing = ""
        self.grand_total = 0
        self.signed = self.unchecked = 0
        self.spans = {kind: _Span(first=1) for kind in ClosingKind}
        self.known_entries: dict[int, str] = {}
        self.known_closings: dict[int, str] = {}
        for anchor in anchors:
            _check_form(anchor, "kept elsewhere")
            if anchor["schema"] == CLOSING:
                self.known_closings[anchor["sequence"]] = anchor["hash"]
                self.known_entries[anchor["last_position"]] = anchor["entry_hash"]
            elif anchor["schema"] == BOOKS and anchor["entries"]:
                self.known_entries[anchor["entries"]] = anchor["entry_hash"]

    def expected(self, schema: str | None = None) -> str:
        """The row that comes next, as far as can be told."""
        if self.books is None or schema == BOOKS:
            return "head"
        return f"closing {self.sequence + 1}" if schema == CLOSING else f"entry {self.position + 1}"

    def take(self, record: Any) -> None:
        schema = record.get("schema") if isinstance(record, dict) else None
        row = self.expected(schema)
        _check_form(record, row)
        if (self.books is None) != (schema == BOOKS):
            raise Wrong("head", "is missing" if self.books is None else "stands twice")
        if schema == BOOKS:
            self._head(record)
        elif schema == ENTRY:
            self._entry(record, row)
        else:
            self._closing(record, row)

    def _head(self, record: Record) -> None:
        for kid, key in record["keys"].items():
            if kid != key_name(decode_base64url(key, 32)):
                raise Wrong("head", f"names a key {kid} that is another")
        self.books = record

    # ---------------------------------------------------------------- entries

    def _entry(self, record: Record, row: str) -> None:
        books, position = self.books or {}, self.position + 1
        if record["position"] != position:
            raise Wrong(row, f"is missing: entry {record['position']} stands in its place")
        if record["previous"] != self.entry_hash:
            raise Wrong(row, "does not follow the entry before it")
        if self.known_entries.pop(position, record["hash"]) != record["hash"]:
            raise Wrong(row, "is not the one that was sealed before: it was rewritten")
        if record["currency"] != books["currency"]:
            raise Wrong(row, "is in another currency than the books")
        self._numbers(record, row)
        if record["posted_at"] < self.posted_at:
            raise Wrong(row, "was entered before the entry before it")
        self._sum(record, row)
        self.position, self.entry_hash, self.posted_at = position, record["hash"], record["posted_at"]

    def _numbers(self, record: Record, row: str) -> None:
        series = record["journal"], record["year"]
        number = self.numbers.get(series, 0) + 1
        if record["number"] != number:
            raise Wrong(row, f"bears number {record['number']} of {series[0]} {series[1]} instead of {number}")
        if date.fromisoformat(record["day"]).year != record["year"]:
            raise Wrong(row, "is in the books of another year than its day")
        self.numbers[series] = number

    def _sum(self, record: Record, row: str) -> None:
        lines = record["lines"]
        debit, credit = (sum(line[side] for line in lines) for side in ("debit_minor", "credit_minor"))
        if (
            debit != credit
            or not lines
            or any((line["debit_minor"] == 0) == (line["credit_minor"] == 0) for line in lines)
        ):
            raise Wrong(row, f"is not balanced: {debit} in debit, {credit} in credit")
        self.grand_total += debit
        for span in self.spans.values():
            span.since, span.until = span.since or record["posted_at"], record["posted_at"]
            total = span.journals.setdefault(record["journal"], {"entries": 0, "debit_minor": 0, "credit_minor": 0})
            total["entries"] += 1
            total["debit_minor"] += debit
            total["credit_minor"] += credit

    # ---------------------------------------------------------------- closings

    def _closing(self, record: Record, row: str) -> None:
        sequence, kind = self.sequence + 1, ClosingKind(record["kind"])
        span = self.spans[kind]
        if record["sequence"] != sequence:
            raise Wrong(row, f"is missing: closing {record['sequence']} stands in its place")
        if record["previous"] != self.closing_hash:
            raise Wrong(row, "does not follow the closing before it")
        if self.known_closings.pop(sequence, record["hash"]) != record["hash"]:
            raise Wrong(row, "is not the one that was kept elsewhere: it was rewritten")
        if (record["first_position"], record["last_position"]) != (span.first, self.position):
            raise Wrong(row, f"should close entries {span.first} to {self.position}")
        if record["entry_hash"] != self.entry_hash:
            raise Wrong(f"entry {self.position}", f"is not the one that {row} sealed")
        if record["journals"] != span.journals or record["grand_total_minor"] != self.grand_total:
            raise Wrong(row, "does not hold the sums of its entries")
        posted = {
            period_of(kind, clock.local_date(parse_moment(at), record["zone"])) for at in (span.since, span.until)
        }
        if posted != {record["period"]}:
            raise Wrong(row, "closes entries of another time")
        self._check_signature(record, row)
        self.spans[kind] = _Span(first=self.position + 1)
        self.sequence, self.closing_hash = sequence, record["hash"]
        self.closed_at, self.last_closing = max(self.closed_at, record["closed_at"]), record["period"]

    def _check_signature(self, record: Record, row: str) -> None:
        kid, signature = record["kid"], record["signature"]
        if (kid is None) != (signature is None):
            raise Wrong(row, "lost its signature" if signature is None else "bears a signature of nobody")
        key = (self.books or {})["keys"].get(kid)
        if kid is None or key is None:
            self.unchecked += kid is not None
            return
        message = signed_bytes(ObjectKind.LEDGER_CLOSING, content(record))
        try:
            Ed25519PublicKey.from_public_bytes(decode_base64url(key, 32)).verify(
                decode_base64url(signature, 64), message
            )
        except InvalidSignature:
            raise Wrong(row, f"was not signed by {kid}") from None
        self.signed += 1

    def finish(self) -> Whole:
        books = self.books
        if books is None:
            raise Wrong("head", "is missing")
        if books["entries"] != self.position:
            row = self.position + 1 if books["entries"] > self.position else self.position
            raise Wrong(f"entry {row}", f"is missing or too many: the head counts {books['entries']} entries")
        if books["entry_hash"] != self.entry_hash:
            raise Wrong(f"entry {self.position}", "is not the one that the head names")
        if books["closings"] != self.sequence:
            row = self.sequence + 1 if books["closings"] > self.sequence else self.sequence
            raise Wrong(f"closing {row}", f"is missing or too many: the head counts {books['closings']} closings")
        if books["closing_hash"] != self.closing_hash:
            raise Wrong(f"closing {self.sequence}", "is not the one that the head names")
        if books["at"] != max(self.posted_at, self.closed_at):
            raise Wrong("head", "is not of the time of the last row")
        for name, known in (("closing", self.known_closings), ("entry", self.known_entries)):
            if known:
                raise Wrong(f"{name} {min(known)}", "is missing: it was there before; these books are an older copy")
        return Whole(self.position, self.sequence, self.signed, self.unchecked, self.last_closing)


def _check_form(record: Any, row: str) -> None:
    schema = record.get("schema") if isinstance(record, dict) else None
    if schema not in FORMS:
        raise Wrong(row, "is no record of the books")
    problem = next(FORMS[schema]("", record), None)
    if problem is not None:
        raise Wrong(row, f"is malformed: {problem}")
    if record["hash"] != record_hash(record):
        raise Wrong(row, "was changed: its hash is not that of its content")


def verify_records(records: Iterable[Record], *, anchors: Iterable[Record] = ()) -> Whole:
    """Read all records of the books in order; raises :class:`Wrong`.

    ``anchors`` are closings, or heads of older files, kept out of reach of whoever might change the books.
    """
    reader = _Reader(anchors)
    for record in records:
        try:
            reader.take(record)
        except Refusal as refusal:  # the record could not even be written down the agreed way
            raise Wrong(reader.expected(record.get("schema")), f"was changed: {refusal}") from None
    return reader.finish()


def verify_file(path: Path, *, anchors: Iterable[Record] = ()) -> Whole:
    """Verify an exported file to the last byte, as :func:`verify_lines` does."""
    with path.open("rb") as file:
        return verify_lines(file, anchors=anchors)


def verify_lines(lines: Iterable[bytes], *, anchors: Iterable[Record] = ()) -> Whole:
    """Verify the lines of an exported file; the row named in :class:`Wrong` has its line before it."""
    reader = _Reader(anchors)
    number = 0
    for number, record in _numbered(lines):
        try:
            reader.take(record)
        except Wrong as wrong:
            raise Wrong(f"line {number}, {wrong.row}", wrong.problem) from None
    try:
        return reader.finish()
    except Wrong as wrong:
        raise Wrong(f"line {number + 1}, {wrong.row}", wrong.problem) from None


def read_records(path: Path) -> list[Record]:
    """The records of a file whose every line is written canonically; raises :class:`Wrong` naming the line."""
    with path.open("rb") as file:
        return read_lines(file)


def read_lines(lines: Iterable[bytes]) -> list[Record]:
    """The same, of lines that were read already."""
    return [record for _number, record in _numbered(lines)]


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, start=1):
        try:
            record = decode(line.removesuffix(b"\n"))
        except Refusal as refusal:
            raise Wrong(f"line {number}", f"was changed: {refusal}") from None
        if line != _spelt(record):
            raise Wrong(f"line {number}", "was changed: it is not written the agreed way")
        yield number, record


def _spelt(record: Any) -> bytes:
    """The only bytes that spell a record; for what stands in these, quicker than by RFC 8785 and the same."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def key_name(key: bytes) -> str:
    """The name of a public key, which follows from its 32 bytes."""
    return "ed25519:" + hashlib.sha256(key).hexdigest()[:16]
