"""Who an instance is and which keys speak for it, signed by its current key and by its root key."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from coopcircuits.federation import schema
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.codes import is_country, is_currency, is_zone
from coopcircuits.federation.keys import COMPROMISED, ROTATED, KeyRecord, KeyStore
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import (
    ALGORITHM,
    ROOT_KID,
    Envelope,
    ObjectKind,
    Signer,
    build_envelope,
    decode_base64url,
    encode_base64url,
    is_kid,
    parse_envelope,
    verify_signature,
)

LONGEST_VALIDITY = timedelta(days=7)
#: How far two honest clocks may disagree.
CLOCK_SKEW = timedelta(minutes=10)

_public_key = schema.matching(lambda text: decode_base64url(text, 32), "unpadded base64url of 32 bytes")
_key = {"alg": schema.constant(ALGORITHM), "key": _public_key, "valid_from": schema.moment}
_old_key = _key | {"expired_at": schema.moment, "reason": schema.one_of(ROTATED, COMPROMISED)}
check_identity = schema.members(
    {
        "v": schema.constant(1),
        "type": schema.constant("coop-identity"),
        "instance": schema.host,
        "name": schema.text(),
        "country": schema.matching(is_country, "ISO 3166-1 alpha-2"),
        "zone": schema.matching(is_zone, "IANA time zone"),
        "currency": schema.matching(is_currency, "ISO 4217"),
        "exponent": schema.integer(0, 4),
        "contact": schema.matching(
            lambda text: text.isprintable() and len(text) <= 254 and 0 < text.find("@") < len(text) - 1, "mail address"
        ),
        "verify_keys": schema.mapping(is_kid, schema.members(_key), at_most=10),
        "old_verify_keys": schema.mapping(is_kid, schema.members(_old_key), at_most=100),
        "root_key": _public_key,
        "valid_until": schema.moment,
    }
)


class IdentityRefused(Refusal):
    """The identity document cannot be relied on."""


@dataclass(frozen=True)
class Profile:
    """What an instance says about itself; ``instance`` is its host name, with ``:port`` where it is not 443."""

    instance: str
    name: str
    country: str
    zone: str
    currency: str
    exponent: int
    contact: str


@dataclass(frozen=True)
class Identity:
    """A verified identity. ``keys`` holds current, announced and old signing keys by kid."""

    profile: Profile
    keys: Mapping[str, KeyRecord]
    root_key: bytes
    valid_until: datetime
    digest: str

    @property
    def instance(self) -> str:
        return self.profile.instance

    def key_for(self, kid: str, *, issued_at: datetime, first_seen: datetime) -> bytes:
        """The public key that ``kid`` had at ``issued_at``; raises :class:`IdentityRefused`.

        A compromised key only speaks for what we first saw before it was compromised: its thief writes any date.
        """
        record = self.keys.get(kid)
        if record is None:
            raise IdentityRefused("unknown-key", kid)
        if issued_at < record.valid_from:
            raise IdentityRefused("key-not-yet-valid", kid)
        if self.is_revoked(kid, first_seen=first_seen):
            raise IdentityRefused("key-revoked", kid)
        if record.expired_at is not None and issued_at >= record.expired_at:
            raise IdentityRefused("key-expired", kid)
        return record.key

    def is_revoked(self, kid: str, *, first_seen: datetime) -> bool:
        """Whether a key was stolen by the time that we first saw what it signed."""
        record = self.keys.get(kid)
        if record is None or record.reason != COMPROMISED or record.expired_at is None:
            return False
        return first_seen >= record.expired_at

    @property
    def first_theft(self) -> datetime | None:
        """Since when the first of its keys that were stolen speaks for nothing new; ``None`` if none ever was."""
        thefts = [record.expired_at for record in self.keys.values() if record.reason == COMPROMISED]
        return min((at for at in thefts if at is not None), default=None)

    def before_thefts(self) -> "Identity":
        """As its keys stood while nobody knew of a theft: what was accepted then is verified with them."""
        keys = {
            kid: replace(record, expired_at=None, reason=None) if record.reason == COMPROMISED else record
            for kid, record in self.keys.items()
        }
        return replace(self, keys=MappingProxyType(keys))


def build_identity(profile: Profile, keys: KeyStore, *, now: datetime) -> dict[str, Any]:
    """The identity payload that holds from ``now`` for seven days; raises :class:`IdentityRefused` if malformed."""
    payload = {
        "v": 1,
        "type": "coop-identity",
        **vars(profile),
        "verify_keys": {record.kid: _current(record) for record in keys.verify_keys(now)},
        "old_verify_keys": {record.kid: _old(record) for record in keys.old_verify_keys(now)},
        "root_key": encode_base64url(keys.root_key),
        "valid_until": format_moment(now + LONGEST_VALIDITY),
    }
    _require_form(payload)
    return payload


def sign_identity(payload: dict[str, Any], *, current: Signer, root: Signer) -> bytes:
    """The envelope to publish, signed by the current key and by the root key."""
    return build_envelope(ObjectKind.IDENTITY, payload, [current, root])


def verify_identity(raw: bytes, *, expected_host: str, now: datetime, pinned_root: bytes | None = None) -> Identity:
    """Read and verify a peer's identity; raises :class:`Refusal`.

    ``pinned_root`` is the root key confirmed by voice, ``None`` at first contact: the caller then shows the
    :func:`fingerprint` to a person before relying on anything.
    """
    envelope = parse_envelope(raw)
    payload = envelope.payload
    _require_form(payload)
    if payload["instance"] != expected_host:
        raise IdentityRefused("wrong-issuer", payload["instance"])
    identity = _identity(payload)
    if pinned_root is not None and identity.root_key != pinned_root:
        raise IdentityRefused("root-changed")
    if identity.valid_until <= now:
        raise IdentityRefused("identity-expired", payload["valid_until"])
    if identity.valid_until > now + LONGEST_VALIDITY + CLOCK_SKEW:
        raise IdentityRefused("identity-too-long", payload["valid_until"])
    _verify_both(envelope, identity, now)
    return identity


def thefts_in(raw: bytes) -> dict[str, str]:
    """Which keys were stolen by a verified identity, and since when: moments by kid."""
    told = parse_envelope(raw).payload["old_verify_keys"]
    return {kid: entry["expired_at"] for kid, entry in told.items() if entry["reason"] == COMPROMISED}


def fingerprint(root_key: bytes) -> str:
    """Six groups of five digits to compare by voice, the same in every language.

    Each group is five bytes of the SHA-256 of the root key, big-endian, modulo 100,000: about 100 bits together.
    """
    hashed = hashlib.sha256(root_key).digest()
    groups = (int.from_bytes(hashed[start : start + 5], "big") % 100_000 for start in range(0, 30, 5))
    return " ".join(f"{group:05d}" for group in groups)


def _verify_both(envelope: Envelope, identity: Identity, now: datetime) -> None:
    """One signature by the root key and one by a key in force; nothing else."""
    by_kid = {signature.kid: signature for signature in envelope.signatures}
    root = by_kid.pop(ROOT_KID, None)
    if root is None or len(by_kid) != 1:
        raise IdentityRefused("bad-identity", "signatures")
    ((kid, current),) = by_kid.items()
    verify_signature(ObjectKind.IDENTITY, envelope, root, identity.root_key)
    # A clock that runs ahead by the allowed skew may already sign with the next key.
    record = identity.keys.get(kid)
    if record is None:
        raise IdentityRefused("unknown-key", kid)
    if record.expired_at is not None:
        raise IdentityRefused("key-expired", kid)
    if record.valid_from > now + CLOCK_SKEW:
        raise IdentityRefused("key-not-yet-valid", kid)
    verify_signature(ObjectKind.IDENTITY, envelope, current, record.key)


def _require_form(payload: dict[str, Any]) -> None:
    problem = next(check_identity("", payload), None)
    if problem is not None:
        raise IdentityRefused("bad-identity", str(problem))
    if payload["verify_keys"].keys() & payload["old_verify_keys"].keys():
        raise IdentityRefused("bad-identity", "verify_keys, old_verify_keys")


def _identity(payload: dict[str, Any]) -> Identity:
    keys = {
        kid: _record(kid, entry) for part in ("verify_keys", "old_verify_keys") for kid, entry in payload[part].items()
    }
    return Identity(
        profile=Profile(**{name: payload[name] for name in Profile.__dataclass_fields__}),
        keys=MappingProxyType(keys),
        root_key=decode_base64url(payload["root_key"], 32),
        valid_until=parse_moment(payload["valid_until"]),
        digest=digest(payload),
    )


def _current(record: KeyRecord) -> dict[str, Any]:
    return {"alg": ALGORITHM, "key": encode_base64url(record.key), "valid_from": format_moment(record.valid_from)}


def _old(record: KeyRecord) -> dict[str, Any]:
    expired_at = format_moment(record.expired_at) if record.expired_at else None
    return _current(record) | {"expired_at": expired_at, "reason": record.reason}


def _record(kid: str, entry: dict[str, Any]) -> KeyRecord:
    return KeyRecord(
        kid=kid,
        key=decode_base64url(entry["key"], 32),
        valid_from=parse_moment(entry["valid_from"]),
        expired_at=parse_moment(entry["expired_at"]) if "expired_at" in entry else None,
        reason=entry.get("reason"),
    )
