"""Signed envelopes: an object, and Ed25519 signatures over its kind and its canonical bytes.

The signature is on the object, not on the transport, so it survives relays and archives.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coopcircuits.federation.canonical import MAX_BYTES, NotCanonical, canonical_bytes, decode
from coopcircuits.federation.reasons import Refusal

ALGORITHM = "Ed25519"
ROOT_KID = "root"
MAX_SIGNATURES = 4
_KID = re.compile(r"ed25519:[a-z0-9-]{8,32}", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


class ObjectKind(StrEnum):
    """What is signed; its value opens the signed bytes, so a signature never serves for another kind."""

    REPORT = "coop-report/1"
    IDENTITY = "coop-identity/1"
    ALLOCATION = "coop-allocation/1"
    SHARING_KEY = "coop-sharing-key/1"
    DISPUTE = "coop-dispute/1"
    #: Of the instance's own books; sisters never see one.
    LEDGER_CLOSING = "coop-ledger-closing/1"


class EnvelopeRefused(Refusal):
    """The envelope is malformed or a signature on it is not good."""


class Signer(Protocol):
    """Whoever can sign under a key's name, without showing the key."""

    @property
    def kid(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True)
class Signature:
    """One signature of an envelope: name of the key and the 64 raw bytes."""

    kid: str
    value: bytes


@dataclass(frozen=True)
class Envelope:
    """A parsed envelope whose signatures have **not** been verified yet."""

    payload: dict[str, Any]
    signatures: tuple[Signature, ...]


def is_kid(text: str) -> bool:
    """Whether ``text`` names a signing key: ``ed25519:`` and 8 to 32 of a-z, 0-9, hyphen."""
    return _KID.fullmatch(text) is not None


def encode_base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, length: int) -> bytes:
    """Exactly ``length`` bytes from their only unpadded spelling, else :class:`ValueError`."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not unpadded base64url")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not unpadded base64url") from error
    # The last character can carry unused bits: several spellings would give the same bytes.
    if len(raw) != length or encode_base64url(raw) != text:
        raise ValueError(f"not the base64url of {length} bytes")
    return raw


def signed_bytes(kind: ObjectKind, payload: dict[str, Any]) -> bytes:
    """What a signature covers: the kind's prefix, one line feed, the canonical payload."""
    return kind.value.encode("ascii") + b"\n" + canonical_bytes(payload)


def build_envelope(kind: ObjectKind, payload: dict[str, Any], signers: Sequence[Signer]) -> bytes:
    """Sign ``payload`` and return the envelope as canonical JSON, the bytes that are published.

    Raises :class:`NotCanonical` for a payload that peers would refuse to read, size included.
    """
    message = signed_bytes(kind, payload)
    signatures = [
        {"kid": signer.kid, "alg": ALGORITHM, "sig": encode_base64url(signer.sign(message))} for signer in signers
    ]
    raw = canonical_bytes({"payload": payload, "signatures": signatures})
    if len(raw) > MAX_BYTES:
        raise NotCanonical("too-large", f"{len(raw)} > {MAX_BYTES}")
    return raw


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope strictly, without verifying it; raises :class:`Refusal`."""
    document = decode(raw)
    if not isinstance(document, dict) or document.keys() != {"payload", "signatures"}:
        raise EnvelopeRefused("bad-envelope")
    payload, entries = document["payload"], document["signatures"]
    if not isinstance(payload, dict) or not isinstance(entries, list) or not 1 <= len(entries) <= MAX_SIGNATURES:
        raise EnvelopeRefused("bad-envelope")
    signatures = tuple(_signature(entry) for entry in entries)
    if len({signature.kid for signature in signatures}) != len(signatures):
        raise EnvelopeRefused("bad-envelope", "two signatures of one key")
    return Envelope(payload, signatures)


def kids_of(raw: bytes) -> set[str]:
    """Names of the keys that the envelope ``raw`` claims to be signed by; raises :class:`Refusal`."""
    return {signature.kid for signature in parse_envelope(raw).signatures}


def verify_signature(kind: ObjectKind, envelope: Envelope, signature: Signature, key: bytes) -> None:
    """Check one signature with the public ``key`` (32 raw bytes); raises :class:`EnvelopeRefused`."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature.value, signed_bytes(kind, envelope.payload))
    except (InvalidSignature, ValueError):
        raise EnvelopeRefused("bad-signature", signature.kid) from None


def _signature(entry: Any) -> Signature:
    if not isinstance(entry, dict) or entry.keys() != {"kid", "alg", "sig"}:
        raise EnvelopeRefused("bad-envelope")
    kid, algorithm, text = entry["kid"], entry["alg"], entry["sig"]
    if not isinstance(kid, str) or not (kid == ROOT_KID or is_kid(kid)):
        raise EnvelopeRefused("bad-kid")
    if algorithm != ALGORITHM:
        raise EnvelopeRefused("unsupported-algorithm")
    try:
        return Signature(kid, decode_base64url(text if isinstance(text, str) else "=", 64))
    except ValueError:
        raise EnvelopeRefused("bad-signature-text", kid) from None
