"""The identity that this instance publishes: signed with its root key, kept beside the keys, renewed before it ends.

With the root key on disk (demo) it is signed when it is first asked for and again whenever it is old or no longer true.
Otherwise a person signs some weeks ahead with the root key, and each document comes into force in its turn.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from coopcircuits.federation.canonical import digest
from coopcircuits.federation.identity import LONGEST_VALIDITY, Profile, build_identity, sign_identity
from coopcircuits.federation.keys import KeysRefused, KeyStore, PrivateKey, write_whole
from coopcircuits.federation.moments import parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import parse_envelope

#: How long an identity still counts when its successor is signed.
RENEW_BEFORE = timedelta(days=3)
#: Documents signed ahead follow each other with a day in common.
_STEP = LONGEST_VALIDITY - timedelta(days=1)


@dataclass(frozen=True)
class Announced:
    """A signed identity; it may be published during the seven days before ``valid_until``."""

    path: Path
    raw: bytes
    payload: dict[str, Any]

    @property
    def valid_until(self) -> datetime:
        return parse_moment(self.payload["valid_until"])

    def says(self, payload: dict[str, Any]) -> bool:
        """Whether it tells the same as ``payload``, whatever their dates."""
        return digest(self.payload | {"valid_until": ""}) == digest(payload | {"valid_until": ""})


def published_identity(keys: KeyStore, profile: Profile, *, now: datetime) -> bytes:
    """The envelope to publish at ``now``; raises :class:`KeysRefused` where none is signed."""
    held = in_force(keys, profile.instance, now=now)
    root = keys.root_signer()
    if root is None:
        if held is None:
            raise KeysRefused("identity-unsigned")
        return held.raw
    wanted = build_identity(profile, keys, now=now)
    if held is not None and held.valid_until - now >= RENEW_BEFORE and held.says(wanted):
        return held.raw
    for old in _kept(keys):
        if old.valid_until <= now:
            old.path.unlink(missing_ok=True)
    return _sign(keys, profile, root=root, moment=now)


def in_force(keys: KeyStore, instance: str, *, now: datetime) -> Announced | None:
    """The identity of ``instance`` that counts longest among those that may be published at ``now``."""
    valid = [
        found
        for found in _kept(keys)
        if found.payload["instance"] == instance and now < found.valid_until <= now + LONGEST_VALIDITY
    ]
    return max(valid, key=lambda found: found.valid_until, default=None)


def signed_until(keys: KeyStore, instance: str) -> datetime | None:
    """When the last identity signed ahead ends."""
    return max((found.valid_until for found in _kept(keys) if found.payload["instance"] == instance), default=None)


def sign_ahead(keys: KeyStore, profile: Profile, *, root: PrivateKey, now: datetime, weeks: int) -> datetime:
    """Sign identities for at least ``weeks`` weeks from ``now``, in place of those signed before; returns the end.

    Raises :class:`KeysRefused` where ``root`` is not the root key that these keys were made with.
    """
    if root.public != keys.root_key:
        raise KeysRefused("root-key-unusable", "another root key")
    for old in _kept(keys):
        old.path.unlink(missing_ok=True)
    moment = now
    while moment + LONGEST_VALIDITY < now + timedelta(weeks=weeks):
        _sign(keys, profile, root=root, moment=moment)
        moment += _STEP
    _sign(keys, profile, root=root, moment=moment)
    return moment + LONGEST_VALIDITY


def _sign(keys: KeyStore, profile: Profile, *, root: PrivateKey, moment: datetime) -> bytes:
    payload = build_identity(profile, keys, now=moment)
    raw = sign_identity(payload, current=keys.signer(moment), root=root)
    name = re.sub("[^0-9TZ]", "", payload["valid_until"])
    write_whole(keys.folder / f"identity-{name}.json", raw)
    return raw


def _kept(keys: KeyStore) -> list[Announced]:
    found = []
    for path in sorted(keys.folder.glob("identity-*.json")):
        with suppress(FileNotFoundError, Refusal):  # replaced by another process just now, or damaged: signed again
            raw = path.read_bytes()
            found.append(Announced(path, raw, parse_envelope(raw).payload))
    return found
