import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopcircuits.federation.canonical import MAX_BYTES, NotCanonical, canonical_bytes, decode, digest

AGREED = {
    "currency": "EUR",
    "instance": "fr.example.coop",
    "period": "2026-10",
    "prev": "sha256:" + "0" * 64,
    "revision": 1,
    "shops_active": 118,
    "turnover": {"gross": 12345600, "net_ex_tax": 11702000},
    "type": "coop-report",
    "v": 1,
}


def test_the_agreed_vector_has_the_agreed_digest() -> None:
    assert digest(AGREED) == "sha256:d6f025f61400af27460d2b921c3207c63047035242aa3790d71fce3b65579b31"


def test_members_are_sorted_and_nothing_is_escaped_without_need() -> None:
    assert canonical_bytes({"é": "\n", "b": [1, None], "a": True}) == '{"a":true,"b":[1,null],"é":"\\n"}'.encode()


def reason(raw: bytes) -> str:
    with pytest.raises(NotCanonical) as refused:
        decode(raw)
    return refused.value.reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b" " * MAX_BYTES + b"1", "too-large"),
        (b'"\xff"', "not-utf8"),
        (b'"\xed\xa0\x80"', "not-utf8"),
        (b'{"a":1,}', "not-json"),
        (b"{'a':1}", "not-json"),
        (b"01", "not-json"),
        (b'"a\nb"', "not-json"),
        (b"1 2", "not-json"),
        (b'{"a":1,"a":1}', "duplicate-key"),
        (b"[1.5]", "float"),
        (b"1E400", "float"),
        (b"[Infinity]", "not-finite"),
        (b"9007199254740992", "integer-range"),
        (b"-9007199254740992", "integer-range"),
        ('"e\u0301"'.encode(), "not-nfc"),
        (b'"\\udc00"', "lone-surrogate"),
        (b"[" * 9 + b"]" * 9, "too-deep"),
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(raw: bytes, expected: str) -> None:
    assert reason(raw) == expected


def test_the_limits_themselves_are_allowed() -> None:
    assert decode(b"[" * 8 + b"]" * 8) == [[[[[[[[]]]]]]]]
    assert decode(b"9007199254740991") == 2**53 - 1
    assert decode(b'"' + b"a" * (MAX_BYTES - 2) + b'"') == "a" * (MAX_BYTES - 2)


@pytest.mark.parametrize("value", [1.0, math.nan, 2**53, "e\u0301", "\ud800", {1: 2}, (1,), b"x", [[[[[[[[[]]]]]]]]]])
def test_we_never_sign_what_a_peer_would_refuse(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


texts = st.text(st.characters(max_codepoint=0x7F), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
branches = st.lists(scalars, max_size=3) | st.dictionaries(texts, scalars, max_size=3)
trees = st.dictionaries(texts, scalars | branches | st.lists(branches, max_size=2), max_size=4)


@settings(max_examples=100, deadline=None)
@given(trees)
def test_reading_back_gives_the_same_value_and_the_same_bytes(value: object) -> None:
    raw = canonical_bytes(value)
    assert decode(raw) == value
    assert canonical_bytes(decode(raw)) == raw
