"""The instance's own keys: a folder that only its owner can read, made once, rotated, never shown.

``ring.json`` holds the public halves and their dates; each private key is a PEM file of its own. Private keys are
read at the moment of signing and kept nowhere.
"""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ROOT_KID, decode_base64url, encode_base64url

ANNOUNCE_AHEAD = timedelta(days=35)
ROTATED = "rotated"
COMPROMISED = "compromised"
_RING = "ring.json"


class KeysRefused(Refusal):
    """The key folder cannot be used as it is; the sentence says what to do."""

    status = 500


class PrivateKey:
    """A key that signs under its name and shows nothing else: not in a repr, not in a pickle."""

    __slots__ = ("_key", "kid")

    def __init__(self, kid: str, key: Ed25519PrivateKey) -> None:
        self.kid = kid
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature."""
        return self._key.sign(message)

    @property
    def public(self) -> bytes:
        """The 32 raw bytes of the public half."""
        return _raw_public(self._key)

    def __repr__(self) -> str:
        return f"<PrivateKey {self.kid}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not copied")


@dataclass(frozen=True)
class KeyRecord:
    """The public half of a signing key and when it counts; ``expired_at`` is the first instant it does not."""

    kid: str
    key: bytes
    valid_from: datetime
    expired_at: datetime | None = None
    reason: str | None = None

    def expired(self, now: datetime) -> bool:
        return self.expired_at is not None and self.expired_at <= now


class KeyStore:
    """The keys of this instance in ``folder``; see :meth:`open`."""

    def __init__(self, folder: Path, root_key: bytes, records: tuple[KeyRecord, ...]) -> None:
        self.folder = folder
        self.root_key = root_key
        self._records = records

    @classmethod
    def open(cls, folder: Path, *, now: datetime, root_on_disk: bool, root_key: bytes | None = None) -> "KeyStore":
        """Read the keys in ``folder``, making them on the first start.

        With ``root_on_disk`` (demo mode) a root key is made as well; otherwise it stays offline and its public half is
        given as ``root_key``, 32 raw bytes. Raises :class:`KeysRefused` for wide modes or a damaged folder; existing
        keys are never replaced.
        """
        if folder.exists():
            _require_private(folder)
        if not folder.exists() or not any(folder.iterdir()):
            cls._create(folder, now=now, root_on_disk=root_on_disk, root_key=root_key)
        return cls._load(folder)

    @property
    def root_on_disk(self) -> bool:
        """Whether the root key lies beside the others, as in demo mode; pages say so."""
        return (self.folder / _file_name(ROOT_KID)).exists()

    def signer(self, now: datetime) -> PrivateKey:
        """The key that signs at ``now``: the latest one that is valid and not expired."""
        usable = [record for record in self._records if record.valid_from <= now and not record.expired(now)]
        if not usable:
            raise KeysRefused("no-valid-key")
        return self._read(max(usable, key=lambda record: record.valid_from).kid)

    def root_signer(self) -> PrivateKey | None:
        """The root key, if it lies on this disk."""
        return self._read(ROOT_KID) if self.root_on_disk else None

    def verify_keys(self, now: datetime) -> tuple[KeyRecord, ...]:
        """Keys in use or announced."""
        return tuple(record for record in self._records if not record.expired(now))

    def old_verify_keys(self, now: datetime) -> tuple[KeyRecord, ...]:
        """Keys that expired, with the reason."""
        return tuple(record for record in self._records if record.expired(now))

    @property
    def stolen(self) -> set[str]:
        """Names of the keys that were revoked as compromised."""
        return {record.kid for record in self._records if record.reason == COMPROMISED}

    def rotate(self, *, now: datetime, valid_from: datetime) -> str:
        """Announce a new key that takes over at ``valid_from``; returns its kid.

        At least 35 days ahead, so that every peer has fetched it before it signs anything.
        """
        if valid_from < now + ANNOUNCE_AHEAD:
            raise KeysRefused("announce-too-late", format_moment(now + ANNOUNCE_AHEAD))

        def end(record: KeyRecord) -> KeyRecord:
            return record if record.expired_at else replace(record, expired_at=valid_from, reason=ROTATED)

        return self._succeed(end, valid_from)

    def revoke(self, kid: str, *, now: datetime, since: datetime) -> str:
        """Mark ``kid`` as compromised ``since`` and put a new key in force at ``now``; returns the new kid."""
        if kid not in {record.kid for record in self._records}:
            raise KeysRefused("unknown-key", kid)

        def end(record: KeyRecord) -> KeyRecord:
            if record.kid != kid:
                return record
            return replace(record, expired_at=min(since, record.expired_at or since), reason=COMPROMISED)

        return self._succeed(end, now)

    def _succeed(self, end: Callable[[KeyRecord], KeyRecord], valid_from: datetime) -> str:
        """Add a new key and write what ``end`` makes of the ones before it."""
        valid_from = valid_from.replace(microsecond=0)
        with _locked(self.folder):
            records = KeyStore._load(self.folder)._records
            new = _generate(valid_from=valid_from, folder=self.folder)
            self._records = (*map(end, records), new)
            write_whole(self.folder / _RING, _ring_bytes(self.root_key, self._records))
        return new.kid

    def _read(self, kid: str) -> PrivateKey:
        path = self.folder / _file_name(kid)
        _require_private(path)
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError):
            raise KeysRefused("keys-damaged", path.name) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeysRefused("keys-damaged", path.name)
        return PrivateKey(kid, key)

    @classmethod
    def _create(cls, folder: Path, *, now: datetime, root_on_disk: bool, root_key: bytes | None) -> None:
        """Build the folder aside and rename it into place: two processes starting at once end up with one set."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mkdtemp makes it 0700
        try:
            if root_on_disk:
                root_key = _save_private(aside, ROOT_KID, Ed25519PrivateKey.generate())
            if root_key is None:
                raise KeysRefused("root-key-missing")
            first = _generate(valid_from=now.replace(microsecond=0), folder=aside)
            write_whole(aside / _RING, _ring_bytes(root_key, (first,)))
            aside.rename(folder)
        except OSError:
            if not folder.exists() or not any(folder.iterdir()):
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    @classmethod
    def _load(cls, folder: Path) -> "KeyStore":
        _require_private(folder)
        for path in (folder / _RING, *folder.glob("*.pem")):
            _require_private(path)
        try:
            ring = json.loads((folder / _RING).read_bytes())
            records = tuple(_record(entry) for entry in ring["keys"])
            return cls(folder, decode_base64url(ring["root_key"], 32), records)
        except (OSError, ValueError, KeyError, TypeError):
            raise KeysRefused("keys-damaged", _RING) from None


def _generate(*, valid_from: datetime, folder: Path) -> KeyRecord:
    key = Ed25519PrivateKey.generate()
    kid = "ed25519:" + hashlib.sha256(_raw_public(key)).hexdigest()[:16]
    return KeyRecord(kid, _save_private(folder, kid, key), valid_from)


def _save_private(folder: Path, kid: str, key: Ed25519PrivateKey) -> bytes:
    """Write the private key and return the public half."""
    write_whole(folder / _file_name(kid), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return _raw_public(key)


def _raw_public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _file_name(kid: str) -> str:
    return kid.replace(":", "-") + ".pem"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file nobody else can read, completely or not at all, and on the disk before returning."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink()
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    directory = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _require_private(path: Path) -> None:
    """Refuse what another user could read or replace."""
    try:
        status = path.lstat()
    except OSError:
        raise KeysRefused("keys-damaged", path.name) from None
    plain = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
    if not plain or status.st_mode & 0o077 or status.st_uid != os.geteuid():
        wanted = "0700" if stat.S_ISDIR(status.st_mode) else "0600"
        raise KeysRefused("keys-exposed", f"{path}: {stat.S_IMODE(status.st_mode):04o}, {wanted}")


def _ring_bytes(root_key: bytes, records: tuple[KeyRecord, ...]) -> bytes:
    def plain(record: KeyRecord) -> dict[str, Any]:
        written = asdict(record)
        written["key"] = encode_base64url(record.key)
        written["valid_from"] = format_moment(record.valid_from)
        written["expired_at"] = format_moment(record.expired_at) if record.expired_at else None
        return written

    ring = {"root_key": encode_base64url(root_key), "keys": [plain(record) for record in records]}
    return json.dumps(ring, indent=1).encode()


def _record(entry: dict[str, Any]) -> KeyRecord:
    return KeyRecord(
        kid=entry["kid"],
        key=decode_base64url(entry["key"], 32),
        valid_from=parse_moment(entry["valid_from"]),
        expired_at=parse_moment(entry["expired_at"]) if entry["expired_at"] else None,
        reason=entry["reason"],
    )
