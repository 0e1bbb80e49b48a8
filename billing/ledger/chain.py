"""The hash of every row of the books, from which anybody can see whether one was changed. No database.

A record is a JSON object. Its hash is ``sha256:`` and the 64 hexadecimal digits of SHA-256 over the canonical bytes
(RFC 8785) of that object without the members ``hash`` and ``signature``. The member ``previous`` is the hash of the
record of the same kind before it, or :data:`NOTHING_BEFORE`. ``docs/ledger.md`` lists the members.
"""

from datetime import datetime
from typing import Any

from billing.ledger.models import JournalEntry, LedgerClosing
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.moments import format_moment

ENTRY = "coop-journal-entry/1"
CLOSING = "coop-ledger-closing/1"
BOOKS = "coop-ledger/1"
NOTHING_BEFORE = "sha256:" + "0" * 64

Record = dict[str, Any]


def content(record: Record) -> Record:
    """What of a record is hashed, and signed if it is a closing."""
    return {name: value for name, value in record.items() if name not in ("hash", "signature")}


def record_hash(record: Record) -> str:
    """The hash that belongs to a record, whatever it says itself."""
    return digest(content(record))


def moment(instant: datetime) -> str:
    """``2026-11-05T08:00:00Z``; what is entered has whole seconds, so fractions betray a change."""
    return format_moment(instant) if instant.microsecond == 0 else instant.isoformat()


def entry_record(entry: JournalEntry) -> Record:
    """A journal entry with its lines, in their order, as it is hashed and exported."""
    return {
        "schema": ENTRY,
        "position": entry.id,
        "journal": entry.journal.value,
        "year": entry.year,
        "number": entry.number,
        "day": entry.day.isoformat(),
        "piece": entry.piece,
        "piece_day": entry.piece_day.isoformat(),
        "piece_digest": entry.piece_digest,
        "label": entry.label,
        "source": entry.source,
        "currency": entry.currency,
        "posted_at": moment(entry.posted_at),
        "lines": [
            {
                "account": line.account,
                "party": line.party_id,
                "party_name": line.party_name,
                "debit_minor": line.debit,
                "credit_minor": line.credit,
            }
            for line in entry.lines
        ],
        "previous": entry.previous_hash,
        "hash": entry.hash,
    }


def closing_record(closing: LedgerClosing) -> Record:
    """A closing as it is hashed, signed and exported."""
    return {
        "schema": CLOSING,
        "sequence": closing.id,
        "kind": closing.kind.value,
        "period": closing.period,
        "zone": closing.zone,
        "first_position": closing.first_id,
        "last_position": closing.last_id,
        "journals": closing.totals,
        "grand_total_minor": closing.grand_total,
        "currency": closing.currency,
        "entry_hash": closing.entry_hash,
        "closed_at": moment(closing.closed_at),
        "kid": closing.kid,
        "previous": closing.previous_hash,
        "hash": closing.hash,
        "signature": closing.signature,
    }
