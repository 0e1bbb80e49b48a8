"""JSON that every implementation reads the same, its canonical bytes (RFC 8785, "JCS") and its digest.

Decoding is stricter than JSON: a document that two parsers could understand differently is refused before its
signature is looked at.
"""

import hashlib
import json
import unicodedata
from typing import Any

import rfc8785

from coopcircuits.federation.reasons import Refusal

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_INTEGER = 2**53 - 1


class NotCanonical(Refusal):
    """The document breaks a rule of strict JSON; nothing about its content is known."""


def decode(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Read strict JSON from ``raw`` (UTF-8); raises :class:`NotCanonical`.

    The outermost array or object counts as depth 1.
    """
    if len(raw) > max_bytes:
        raise NotCanonical("too-large", f"{len(raw)} > {max_bytes}")
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise NotCanonical("not-utf8", f"byte {error.start}") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refuse_float,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise NotCanonical("too-deep") from None
    except json.JSONDecodeError as error:
        raise NotCanonical("not-json", f"character {error.pos}") from None
    check(value)
    return value


def check(value: Any) -> None:
    """Refuse a value that a strict decoder would refuse, so that nobody signs what peers cannot read."""
    _check(value, depth=1)


def canonical_bytes(payload: Any) -> bytes:
    """The one spelling of ``payload`` that is signed and hashed (RFC 8785); raises :class:`NotCanonical`."""
    check(payload)
    return rfc8785.dumps(payload)


def digest(payload: Any) -> str:
    """``sha256:`` and 64 hexadecimal digits of the canonical bytes."""
    return "sha256:" + hashlib.sha256(canonical_bytes(payload)).hexdigest()


def _check(value: Any, depth: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonical("integer-range", str(value)[:20])
    elif isinstance(value, float):
        raise NotCanonical("float", repr(value))
    elif isinstance(value, list | dict):
        if depth > MAX_DEPTH:
            raise NotCanonical("too-deep", f"deeper than {MAX_DEPTH}")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str):
                    raise NotCanonical("not-json-value", type(key).__name__)
                _check_text(key)
            value = value.values()
        for item in value:
            _check(item, depth + 1)
    else:
        raise NotCanonical("not-json-value", type(value).__name__)


def _check_text(text: str) -> None:
    if text.isascii():
        return
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NotCanonical("lone-surrogate")
    if not unicodedata.is_normalized("NFC", text):
        raise NotCanonical("not-nfc", ascii(text[:40]))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise NotCanonical("duplicate-key", ascii(next(name for name in names if names.count(name) > 1)[:40]))
    return members


def _integer(digits: str) -> int:
    # Longer than any allowed integer: not converted at all, since the cost grows with the square of the length.
    if len(digits) > 17:
        raise NotCanonical("integer-range", digits[:20])
    return int(digits)


def _refuse_float(digits: str) -> float:
    raise NotCanonical("float", digits[:20])


def _refuse_constant(word: str) -> float:
    raise NotCanonical("not-finite", word)
