from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coopcircuits.federation.identity import (
    Profile,
    build_identity,
    fingerprint,
    sign_identity,
    verify_identity,
)
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal
from tests.billing.commons.sister import (
    COMING,
    HOST,
    KEY,
    NOW,
    REVOKED,
    ROOT,
    STALE,
    STRANGER,
    identity,
    identity_envelope,
    identity_payload,
)

PROFILE = Profile("127.0.0.1:8001", "Coopérative du Diois", "FR", "Europe/Paris", "EUR", 2, "contact@fr.example.coop")


def reason(raw: bytes, **options: Any) -> str:
    with pytest.raises(Refusal) as refused:
        verify_identity(raw, **({"expected_host": HOST, "now": NOW, "pinned_root": ROOT.public} | options))
    return refused.value.reason


def test_our_own_identity_is_accepted_by_a_peer(tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path / "keys", now=NOW, root_on_disk=True)
    root = store.root_signer()
    assert root is not None
    raw = sign_identity(build_identity(PROFILE, store, now=NOW), current=store.signer(NOW), root=root)
    read = verify_identity(raw, expected_host="127.0.0.1:8001", now=NOW)
    assert read.profile == PROFILE
    assert read.root_key == store.root_key
    assert read.key_for(store.signer(NOW).kid, issued_at=NOW, first_seen=NOW) == store.signer(NOW).public


def test_an_announced_and_an_old_key_travel_in_the_identity(tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path / "keys", now=NOW, root_on_disk=True)
    new = store.rotate(now=NOW, valid_from=NOW + timedelta(days=40))
    before = build_identity(PROFILE, store, now=NOW)
    after = build_identity(PROFILE, store, now=NOW + timedelta(days=41))
    assert set(before["verify_keys"]) == {store.signer(NOW).kid, new}
    assert set(after["verify_keys"]) == {new}
    assert after["old_verify_keys"][store.signer(NOW).kid]["reason"] == "rotated"


def test_a_malformed_profile_is_refused_before_it_is_signed(tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path / "keys", now=NOW, root_on_disk=True)
    wrong = Profile("FR.example.coop", "x", "FR", "Europe/Paris", "EUR", 2, "a@b.coop")
    with pytest.raises(Refusal) as refused:
        build_identity(wrong, store, now=NOW)
    assert "instance" in str(refused.value)


def test_the_peers_keys_are_known_by_time() -> None:
    peer = identity()
    assert peer.key_for(KEY.kid, issued_at=NOW, first_seen=NOW) == KEY.public
    for kid, expected in ((STALE.kid, "key-expired"), (COMING.kid, "key-not-yet-valid"), (STRANGER.kid, "unknown-key")):
        with pytest.raises(Refusal) as refused:
            peer.key_for(kid, issued_at=NOW, first_seen=NOW)
        assert refused.value.reason == expected
    long_ago = NOW - timedelta(days=400)
    assert peer.key_for(STALE.kid, issued_at=long_ago, first_seen=NOW) == STALE.public


def test_a_stolen_key_cannot_write_an_earlier_date() -> None:
    peer = identity()
    issued = NOW - timedelta(days=30)
    with pytest.raises(Refusal) as refused:
        peer.key_for(REVOKED.kid, issued_at=issued, first_seen=NOW)
    assert refused.value.reason == "key-revoked"
    assert peer.key_for(REVOKED.kid, issued_at=issued, first_seen=issued) == REVOKED.public


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (identity_envelope(KEY), "bad-identity"),
        (identity_envelope(ROOT), "bad-identity"),
        (identity_envelope(KEY, COMING, ROOT), "bad-identity"),
        (identity_envelope(STALE, ROOT), "key-expired"),
        (identity_envelope(REVOKED, ROOT), "key-expired"),
        (identity_envelope(COMING, ROOT), "key-not-yet-valid"),
        (identity_envelope(STRANGER, ROOT), "unknown-key"),
        (identity_envelope(valid_until="2026-11-09T12:00:00Z"), "identity-expired"),
        (identity_envelope(valid_until="2026-11-16T12:11:00Z"), "identity-too-long"),
        (identity_envelope(instance="de.example.coop"), "wrong-issuer"),
        (identity_envelope(country="ZZ"), "bad-identity"),
        (identity_envelope(zone="Vienna"), "bad-identity"),
        (identity_envelope(currency="eur"), "bad-identity"),
        (identity_envelope(contact="nobody"), "bad-identity"),
        (identity_envelope(extra=1), "bad-identity"),
        (identity_envelope(old_verify_keys=identity_payload()["verify_keys"]), "bad-identity"),
        (identity_envelope().replace(b"Exemple", b"Example"), "bad-signature"),
    ],
)
def test_identities_that_cannot_be_relied_on(raw: bytes, expected: str) -> None:
    assert reason(raw) == expected


def test_a_changed_root_key_is_never_accepted_silently() -> None:
    assert reason(identity_envelope(), pinned_root=STRANGER.public) == "root-changed"


def test_the_fingerprint_is_read_aloud_in_digits() -> None:
    assert fingerprint(ROOT.public) == fingerprint(identity().root_key)
    groups = fingerprint(ROOT.public).split()
    assert [len(group) for group in groups] == [5] * 6
    assert all(group.isdigit() for group in groups)
    assert fingerprint(ROOT.public) != fingerprint(STRANGER.public)
