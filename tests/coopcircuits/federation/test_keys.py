import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal

NOW = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)


def opened(folder: Path) -> KeyStore:
    return KeyStore.open(folder, now=NOW, root_on_disk=True)


def refusal(folder: Path) -> Refusal:
    with pytest.raises(Refusal) as refused:
        opened(folder)
    return refused.value


def test_the_first_start_makes_keys_only_the_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "keys"
    store = opened(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert store.root_on_disk
    assert list(folder.parent.iterdir()) == [folder]


def test_later_starts_keep_the_keys(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "keys"), opened(tmp_path / "keys")
    assert first.signer(NOW).public == second.signer(NOW).public
    assert first.root_key == second.root_key


def test_several_processes_starting_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: opened(tmp_path / "keys"), range(8)))
    assert len({store.root_key for store in stores}) == 1


def test_an_offline_root_key_is_given_not_made(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        KeyStore.open(tmp_path / "keys", now=NOW, root_on_disk=False)
    assert refused.value.reason == "root-key-missing"
    assert not (tmp_path / "keys").exists()
    store = KeyStore.open(tmp_path / "keys", now=NOW, root_on_disk=False, root_key=b"r" * 32)
    assert store.root_signer() is None
    assert store.root_key == b"r" * 32


@pytest.mark.parametrize(("name", "mode"), [("", 0o750), ("", 0o701), ("root.pem", 0o640), ("ring.json", 0o604)])
def test_wider_modes_are_refused_with_the_path(tmp_path: Path, name: str, mode: int) -> None:
    folder = tmp_path / "keys"
    opened(folder)
    (folder / name).chmod(mode)
    refused = refusal(folder)
    assert refused.reason == "keys-exposed"
    assert str(folder / name) in str(refused)


def test_an_empty_folder_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    assert refusal(tmp_path / "keys").reason == "keys-exposed"


def test_a_link_in_place_of_a_key_is_refused(tmp_path: Path) -> None:
    opened(tmp_path / "keys")
    root = tmp_path / "keys" / "root.pem"
    root.rename(tmp_path / "elsewhere")
    root.symlink_to(tmp_path / "elsewhere")
    assert refusal(tmp_path / "keys").reason == "keys-exposed"


def test_a_damaged_folder_is_said_and_nothing_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    opened(folder)
    (folder / "ring.json").unlink()
    before = sorted(folder.iterdir())
    assert refusal(folder).reason == "keys-damaged"
    assert sorted(folder.iterdir()) == before


def test_a_private_key_is_never_shown(tmp_path: Path) -> None:
    store = opened(tmp_path / "keys")
    signer = store.signer(NOW)
    secret = (tmp_path / "keys" / (signer.kid.replace(":", "-") + ".pem")).read_text().splitlines()[1]
    for shown in (repr(signer), str(signer), repr(vars(store)), f"{signer}"):
        assert secret not in shown
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_a_new_key_is_announced_35_days_ahead_and_then_takes_over(tmp_path: Path) -> None:
    store = opened(tmp_path / "keys")
    old = store.signer(NOW).kid
    with pytest.raises(Refusal):
        store.rotate(now=NOW, valid_from=NOW + timedelta(days=34))
    change = NOW + timedelta(days=35)
    new = store.rotate(now=NOW, valid_from=change)

    again = opened(tmp_path / "keys")
    assert {record.kid for record in again.verify_keys(NOW)} == {old, new}
    assert again.signer(change - timedelta(seconds=1)).kid == old
    assert again.signer(change).kid == new
    (expired,) = again.old_verify_keys(change)
    assert (expired.kid, expired.expired_at, expired.reason) == (old, change, "rotated")


def test_a_compromised_key_stops_signing_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path / "keys")
    lost = store.signer(NOW).kid
    since = NOW - timedelta(days=3)
    new = store.revoke(lost, now=NOW, since=since)
    assert store.signer(NOW).kid == new
    (old,) = store.old_verify_keys(NOW)
    assert (old.kid, old.expired_at, old.reason) == (lost, since, "compromised")
