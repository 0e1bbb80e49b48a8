"""The books as records in a row, for a file to keep elsewhere and for whoever verifies them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from billing.ledger import queries
from billing.ledger.chain import BOOKS, NOTHING_BEFORE, Record, closing_record, entry_record, moment, record_hash
from coopcircuits.federation.canonical import canonical_bytes
from coopcircuits.federation.signing import encode_base64url

FILE_NAME = "books.jsonl"


def records(session: Session, *, instance: str, keys: Mapping[str, bytes], now: datetime) -> Iterator[Record]:
    """First where the books end, then each entry in the order of the chain, each closing behind the last entry that it
    covers. ``keys`` are the public keys that signed closings, by their names.

    What is entered meanwhile is left out.
    """
    head = queries.head(session)
    books: Record = {
        "schema": BOOKS,
        "instance": instance,
        "currency": head.currency if head else "",
        "entries": head.entries if head else 0,
        "entry_hash": head.entry_hash if head else NOTHING_BEFORE,
        "closings": head.closings if head else 0,
        "closing_hash": head.closing_hash if head else NOTHING_BEFORE,
        "at": moment(head.at) if head else "",
        "keys": {kid: encode_base64url(key) for kid, key in sorted(keys.items())},
        "written_at": moment(now.replace(microsecond=0)),
    }
    yield {**books, "hash": record_hash(books)}
    waiting = [closing_record(closing) for closing in queries.closings(session, upto=books["closings"])]
    waiting.reverse()
    for entry in queries.entries_in_order(session, upto=books["entries"]):
        yield entry_record(entry)
        while waiting and waiting[-1]["last_position"] <= entry.id:
            yield waiting.pop()
    yield from reversed(waiting)


def lines(records: Iterable[Record]) -> Iterator[bytes]:
    """JSON Lines: the canonical bytes (RFC 8785) of each record and a line feed."""
    for record in records:
        yield canonical_bytes(record) + b"\n"
