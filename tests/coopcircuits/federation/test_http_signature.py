"""Signed requests: the example of RFC 9421, B.2.6, byte for byte, and what is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from coopcircuits.federation.http_signature import (
    Request,
    SignatureRefused,
    check_content_digest,
    content_digest,
    parse_input,
    sign,
    signature_base,
    verify,
    write_input,
)
from coopcircuits.federation.keys import PrivateKey

#: test-key-ed25519 of RFC 9421, B.1.4.
_DER = base64.b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF")
BODY = b'{"hello": "world"}'
COMPONENTS = ("date", "@method", "@path", "@authority", "content-type", "content-length")
INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
SIGNATURE = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
BASE = b""""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")\
;created=1618884473;keyid="test-key-ed25519\""""


def key() -> PrivateKey:
    loaded = load_der_private_key(_DER, None)
    assert isinstance(loaded, Ed25519PrivateKey)
    return PrivateKey("test-key-ed25519", loaded)


def request(**changes: str) -> Request:
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-length": "18",
        "signature-input": INPUT,
        "signature": SIGNATURE,
    }
    return Request("POST", "example.com", "/foo", headers | changes)


def test_the_example_of_the_standard_verifies() -> None:
    given = parse_input(INPUT)
    assert given.components == list(COMPONENTS)
    assert given.parameters == {"created": 1618884473, "keyid": "test-key-ed25519"}
    assert signature_base(request(), given.components, given.written) == BASE
    verify(request(), given, key().public)


def test_the_example_of_the_standard_is_signed_alike() -> None:
    parameters: dict[str, int | str] = {"created": 1618884473, "keyid": "test-key-ed25519"}
    assert write_input(COMPONENTS, parameters) == INPUT.removeprefix("sig-b26=")
    fields = sign(request(), COMPONENTS, parameters, key())
    assert fields["Signature"] == SIGNATURE.replace("sig-b26", "coop")


@pytest.mark.parametrize("name", ["date", "content-type", "content-length"])
def test_a_changed_field_is_noticed(name: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(request(**{name: "x"}), parse_input(INPUT), key().public)
    assert refused.value.reason == "bad-signature"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sig=()x",
        'sig=("date"',
        'sig=("date" "date");created=1',
        'sig=("date");created=1;created=2',
        'sig=("date";sf);created=1',
        'sig=("Date");created=1',
        'sig=("date");created=1.5',
        'sig=("date");created=-1',
        'sig=("date");keyid="a\\"b"',
        'sig=("date") ;created=1',
        'a=("date");created=1, b=("date");created=1',
        'sig=("date");created=' + "1" * 16,
        "sig=(" + '"date" ' * 40 + ")",
    ],
)
def test_other_spellings_of_the_input_are_refused(written: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        parse_input(written)
    assert refused.value.reason == "bad-http-signature"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sig-b26=::",
        SIGNATURE + ", " + SIGNATURE,
        SIGNATURE.replace("sig-b26", "other"),
        SIGNATURE.replace("=:w", "=w"),
    ],
)
def test_other_spellings_of_the_signature_are_refused(written: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(request(signature=written), parse_input(INPUT), key().public)
    assert refused.value.reason == "bad-http-signature"


def test_a_component_that_is_not_there_is_refused() -> None:
    for name in ("x-missing", "@query"):
        with pytest.raises(SignatureRefused):
            request().component(name)


def test_a_body_is_held_by_its_digest() -> None:
    assert content_digest(BODY) == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    check_content_digest(BODY, content_digest(BODY))
    for header in ("", content_digest(b"{}"), "md5=:AAAA:", content_digest(BODY) + ", md5=:AAAA:"):
        with pytest.raises(SignatureRefused) as refused:
            check_content_digest(BODY, header)
        assert refused.value.reason == "bad-content-digest"
