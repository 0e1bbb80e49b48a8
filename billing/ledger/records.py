"""The form of each record of the books: its members and what may stand in them."""

import re

from billing.ledger.chain import BOOKS, CLOSING, ENTRY
from billing.ledger.models import ClosingKind, Journal
from coopcircuits.federation.codes import is_currency, is_zone
from coopcircuits.federation.schema import (
    Check,
    constant,
    day,
    digest,
    each,
    hidden,
    integer,
    mapping,
    matching,
    members,
    moment,
    one_of,
    text,
)
from coopcircuits.federation.signing import decode_base64url, is_kid

_MOST_LINES = 200
_journal = one_of(*Journal)
_currency = matching(is_currency, "ISO 4217")
_count = integer(0)
_position = integer(1)
_signature = matching(lambda typed: decode_base64url(typed, 64), "unpadded base64url of 64 bytes")
_key = matching(lambda typed: decode_base64url(typed, 32), "unpadded base64url of 32 bytes")
_account = matching(re.compile(r"[1-8]\d{2,11}", re.ASCII).fullmatch, "account number")

_line = members(
    {
        "account": _account,
        "party": hidden(_position),
        "party_name": text(at_least=0),
        "debit_minor": _count,
        "credit_minor": _count,
    }
)
_entry = members(
    {
        "schema": constant(ENTRY),
        "position": _position,
        "journal": _journal,
        "year": integer(2000, 2099),
        "number": _position,
        "day": day,
        "piece": text(),
        "piece_day": day,
        "piece_digest": hidden(digest),
        "label": text(),
        "source": text(),
        "currency": _currency,
        "posted_at": moment,
        "lines": each(_line, at_most=_MOST_LINES),
        "previous": digest,
        "hash": digest,
    }
)
_closing = members(
    {
        "schema": constant(CLOSING),
        "sequence": _position,
        "kind": one_of(*ClosingKind),
        "period": matching(re.compile(r"20\d\d(-\d\d(-\d\d)?)?", re.ASCII).fullmatch, "day, month or year"),
        "zone": matching(is_zone, "IANA time zone"),
        "first_position": _position,
        "last_position": _position,
        "journals": mapping(
            lambda name: name in set(Journal),
            members({"entries": _position, "debit_minor": _count, "credit_minor": _count}),
            at_most=len(Journal),
        ),
        "grand_total_minor": _count,
        "currency": _currency,
        "entry_hash": digest,
        "closed_at": moment,
        "kid": hidden(matching(is_kid, "name of a key")),
        "previous": digest,
        "hash": digest,
        "signature": hidden(_signature),
    }
)
_books = members(
    {
        "schema": constant(BOOKS),
        "instance": text(),
        "currency": text(at_least=0, at_most=3),
        "entries": _count,
        "entry_hash": digest,
        "closings": _count,
        "closing_hash": digest,
        "at": text(at_least=0),
        "keys": mapping(is_kid, _key, at_most=200),
        "written_at": moment,
        "hash": digest,
    }
)
FORMS: dict[str, Check] = {ENTRY: _entry, CLOSING: _closing, BOOKS: _books}
