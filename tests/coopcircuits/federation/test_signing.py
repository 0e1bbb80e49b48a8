import json

import pytest

from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import (
    ObjectKind,
    build_envelope,
    decode_base64url,
    encode_base64url,
    is_kid,
    parse_envelope,
    signed_bytes,
    verify_signature,
)
from tests.billing.commons.sister import KEY, STRANGER

PAYLOAD = {"b": 1, "a": "é"}


def test_signed_bytes_open_with_the_kind_and_a_line_feed() -> None:
    assert signed_bytes(ObjectKind.REPORT, PAYLOAD) == 'coop-report/1\n{"a":"é","b":1}'.encode()


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_a_signature_serves_for_one_kind_only(kind: ObjectKind) -> None:
    envelope = parse_envelope(build_envelope(kind, PAYLOAD, [KEY]))
    for other in ObjectKind:
        if other is kind:
            verify_signature(other, envelope, envelope.signatures[0], KEY.public)
        else:
            with pytest.raises(Refusal) as refused:
                verify_signature(other, envelope, envelope.signatures[0], KEY.public)
            assert refused.value.reason == "bad-signature"


def test_another_key_does_not_verify() -> None:
    envelope = parse_envelope(build_envelope(ObjectKind.REPORT, PAYLOAD, [KEY]))
    with pytest.raises(Refusal):
        verify_signature(ObjectKind.REPORT, envelope, envelope.signatures[0], STRANGER.public)


def test_spacing_and_order_of_members_do_not_matter() -> None:
    document = json.loads(build_envelope(ObjectKind.REPORT, PAYLOAD, [KEY]))
    shuffled = {"signatures": document["signatures"], "payload": {"b": 1, "a": "é"}}
    envelope = parse_envelope(json.dumps(shuffled, indent=3).encode())
    verify_signature(ObjectKind.REPORT, envelope, envelope.signatures[0], KEY.public)


def test_an_envelope_too_large_to_pull_is_not_signed() -> None:
    with pytest.raises(Refusal) as refused:
        build_envelope(ObjectKind.REPORT, {"ext": ["x" * 1000] * 66}, [KEY])
    assert refused.value.reason == "too-large"


def test_base64url_has_one_spelling() -> None:
    raw = bytes(range(64))
    text = encode_base64url(raw)
    assert "=" not in text
    assert decode_base64url(text, 64) == raw
    for spelling in (text + "==", text + "\n", text[:-1], text.replace("_", "/", 1) + " ", text[:-1] + "x"):
        with pytest.raises(ValueError, match="base64url"):
            decode_base64url(spelling, 64)


@pytest.mark.parametrize(
    ("kid", "good"),
    [
        ("ed25519:abcdefgh", True),
        ("ed25519:" + "a" * 32, True),
        ("ed25519:abcdefg", False),
        ("ed25519:" + "a" * 33, False),
        ("ed25519:ABCDEFGH", False),
        ("ed25519:abcdefgh\n", False),
        ("ed25519:abcdéfgh", False),
        ("rsa:abcdefgh", False),
        ("root", False),
    ],
)
def test_names_of_keys(kid: str, good: bool) -> None:
    assert is_kid(kid) is good
