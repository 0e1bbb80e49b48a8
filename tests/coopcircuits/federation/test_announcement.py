from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coopcircuits.federation import root_key
from coopcircuits.federation.announcement import published_identity, sign_ahead, signed_until
from coopcircuits.federation.identity import Profile, verify_identity
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal
from tests.billing.commons.sister import HOST

NOW = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)
PROFILE = Profile(HOST, "Les Paniers", "FR", "Europe/Paris", "EUR", 2, "federation@fr.example.coop")


def demo(folder: Path) -> KeyStore:
    return KeyStore.open(folder / "keys", now=NOW, root_on_disk=True)


def away(folder: Path) -> tuple[KeyStore, Path]:
    """Keys whose root key lies on a stick."""
    stick = folder / "stick.pem"
    root = root_key.make(stick)
    keys = KeyStore.open(folder / "keys", now=NOW, root_on_disk=False, root_key=root.public)
    return keys, stick


def test_the_same_bytes_are_published_until_they_grow_old(tmp_path: Path) -> None:
    keys = demo(tmp_path)
    first = published_identity(keys, PROFILE, now=NOW)
    assert published_identity(demo(tmp_path), PROFILE, now=NOW + timedelta(days=3)) == first
    later = published_identity(keys, PROFILE, now=NOW + timedelta(days=5))
    assert later != first
    assert verify_identity(later, expected_host=HOST, now=NOW + timedelta(days=5)).instance == HOST


def test_what_is_no_longer_true_is_signed_anew(tmp_path: Path) -> None:
    keys = demo(tmp_path)
    first = published_identity(keys, PROFILE, now=NOW)
    renamed = published_identity(keys, replace(PROFILE, name="Les Cageots"), now=NOW)
    assert renamed != first
    keys.rotate(now=NOW, valid_from=NOW + timedelta(days=35))
    announced = verify_identity(published_identity(demo(tmp_path), PROFILE, now=NOW), expected_host=HOST, now=NOW)
    assert len(announced.keys) == 2


def test_a_damaged_file_is_signed_anew(tmp_path: Path) -> None:
    keys = demo(tmp_path)
    published_identity(keys, PROFILE, now=NOW)
    (damaged,) = keys.folder.glob("identity-*.json")
    damaged.write_bytes(b"{")
    assert verify_identity(published_identity(keys, PROFILE, now=NOW), expected_host=HOST, now=NOW)


def test_without_the_root_key_nothing_is_published_until_somebody_signs(tmp_path: Path) -> None:
    keys, stick = away(tmp_path)
    with pytest.raises(Refusal) as refused:
        published_identity(keys, PROFILE, now=NOW)
    assert refused.value.reason == "identity-unsigned"
    until = sign_ahead(keys, PROFILE, root=root_key.load(stick), now=NOW, weeks=4)
    assert until >= NOW + timedelta(weeks=4)
    assert signed_until(keys, HOST) == until


def test_documents_signed_ahead_come_into_force_one_after_the_other(tmp_path: Path) -> None:
    keys, stick = away(tmp_path)
    sign_ahead(keys, PROFILE, root=root_key.load(stick), now=NOW, weeks=4)
    stick.unlink()
    for days in range(28):
        now = NOW + timedelta(days=days)
        raw = published_identity(keys, PROFILE, now=now)
        assert verify_identity(raw, expected_host=HOST, now=now, pinned_root=keys.root_key)
    with pytest.raises(Refusal):
        published_identity(keys, PROFILE, now=NOW + timedelta(weeks=6))


def test_another_root_key_signs_nothing(tmp_path: Path) -> None:
    keys, _stick = away(tmp_path)
    stranger = root_key.make(tmp_path / "stranger.pem")
    with pytest.raises(Refusal) as refused:
        sign_ahead(keys, PROFILE, root=stranger, now=NOW, weeks=1)
    assert refused.value.reason == "root-key-unusable"


def test_a_root_key_is_never_overwritten(tmp_path: Path) -> None:
    root_key.make(tmp_path / "root.pem")
    before = (tmp_path / "root.pem").read_bytes()
    with pytest.raises(Refusal):
        root_key.make(tmp_path / "root.pem")
    assert (tmp_path / "root.pem").read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_root_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "root.pem").write_bytes(content)
    with pytest.raises(Refusal) as refused:
        root_key.load(tmp_path / "root.pem")
    assert refused.value.reason == "root-key-unusable"
