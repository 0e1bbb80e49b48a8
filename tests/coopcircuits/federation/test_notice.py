"""A notice is good for the instance it was sent to, from a known key, within minutes."""

from datetime import timedelta

import pytest

from coopcircuits.federation.keys import PrivateKey
from coopcircuits.federation.notice import KEPT_AFTER, build_notice, parse_notice, sign_notice, verify_notice
from coopcircuits.federation.reasons import Refusal
from tests.billing.commons import sister

TO, NOW = "de.example.coop", sister.NOW
DIGEST = "sha256:" + "ab" * 32
BODY = build_notice(sister.HOST, DIGEST)
NONCE = "AAECAwQFBgcICQoLDA0ODw"


def signed(signer: PrivateKey = sister.KEY, seconds: int = 0) -> dict[str, str]:
    return sign_notice(BODY, to=TO, signer=signer, now=NOW + timedelta(seconds=seconds), nonce=NONCE)


def reason(headers: dict[str, str], *, body: bytes = BODY, us: str = TO, later: int = 0) -> str:
    now = NOW + timedelta(seconds=later)
    try:
        verify_notice(body, headers, us=us, identity=sister.identity(), now=now)
    except Refusal as refusal:
        return refusal.reason
    return ""


def test_a_notice_says_who_and_what_and_no_figure() -> None:
    notice = parse_notice(BODY)
    assert (notice.instance, notice.digest) == (sister.HOST, DIGEST)
    assert b"turnover" not in BODY


def test_a_good_notice_is_accepted_and_remembered_for_longer_than_it_could_come_again() -> None:
    accepted = verify_notice(BODY, signed(), us=TO, identity=sister.identity(), now=NOW)
    assert accepted.nonce == NONCE
    assert accepted.kept_until == NOW + timedelta(seconds=300) + KEPT_AFTER
    assert reason(signed(seconds=300), later=0) == ""
    assert timedelta(seconds=360) == KEPT_AFTER


@pytest.mark.parametrize(("ahead", "expected"), [(300, ""), (301, "not-in-time"), (-299, ""), (-301, "not-in-time")])
def test_clocks_may_differ_by_five_minutes(ahead: int, expected: str) -> None:
    assert reason(signed(seconds=ahead)) == expected


def test_ten_minutes_of_clock_skew_lose_the_notice_and_nothing_else() -> None:
    assert reason(signed(seconds=600)) == reason(signed(seconds=-600)) == "not-in-time"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (";expires=1794225900", ";expires=1794225901", "not-in-time"),
        (";expires=1794225900", ";expires=1794225600", "not-in-time"),
        (";expires=1794225900", "", "bad-http-signature"),
        (f';nonce="{NONCE}"', "", "bad-http-signature"),
        (NONCE, "short", "bad-http-signature"),
        (NONCE, NONCE[::-1], "bad-signature"),
        ('"content-digest"', '"content-type"', "bad-http-signature"),
        (' "content-digest"', "", "bad-http-signature"),
        ('"@authority" ', "", "bad-http-signature"),
        ('alg="ed25519"', 'alg="hmac-sha256"', "bad-http-signature"),
        ('tag="coop-notice/1"', 'tag="other"', "bad-http-signature"),
        ("ed25519:test-2026", "ed25519:test-2025", "key-expired"),
        ("ed25519:test-2026", "ed25519:test-lost", "key-revoked"),
        ("ed25519:test-2026", "ed25519:test-2027", "key-not-yet-valid"),
        ("ed25519:test-2026", "ed25519:test-none", "unknown-key"),
        ("ed25519:test-2026", "root", "bad-http-signature"),
    ],
)
def test_what_was_changed_is_refused(old: str, new: str, expected: str) -> None:
    headers = signed()
    assert old in headers["Signature-Input"]
    headers["Signature-Input"] = headers["Signature-Input"].replace(old, new)
    assert reason(headers) == expected


def test_a_notice_serves_one_instance_one_body_and_one_key() -> None:
    assert reason(signed(), us="es.example.coop") == "bad-signature"
    assert reason(signed(), body=build_notice(sister.HOST, "sha256:" + "cd" * 32)) == "bad-content-digest"
    assert reason(signed(sister.STRANGER)) == "unknown-key"
    assert reason(signed() | {"Content-Type": "text/plain"}) == "bad-signature"
    assert reason({}) == "bad-http-signature"
    assert reason(signed(), later=8 * 24 * 3600) == "identity-expired"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", BODY.replace(b"notice", b"report"), BODY + b" " * 1024, BODY.replace(b'"v":1', b'"v":1.0')],
)
def test_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        parse_notice(body)
