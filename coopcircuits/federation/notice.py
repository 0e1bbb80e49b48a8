"""A notice: "I published this digest". It carries no figures and is signed as a request, not as an object.

Its loss is harmless, since sisters are asked regularly anyway; its effect is only that they are asked sooner.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coopcircuits.federation import schema
from coopcircuits.federation.canonical import canonical_bytes, decode
from coopcircuits.federation.http_signature import (
    Request,
    SignatureRefused,
    check_content_digest,
    content_digest,
    parse_input,
    sign,
    verify,
)
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.lists import NOTICES_PATH
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import members
from coopcircuits.federation.signing import ALGORITHM, Signer, is_kid

MAX_BYTES = 1024
CONTENT_TYPE = "application/json"
COMPONENTS = ("@method", "@authority", "@path", "content-type", "content-digest")
TAG = "coop-notice/1"
#: How far ``created`` may lie from our clock, and ``expires`` after it.
SKEW = timedelta(seconds=300)
LONGEST = timedelta(seconds=300)
#: A nonce is kept for longer than any clock lets its notice in.
KEPT_AFTER = SKEW + timedelta(seconds=60)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_check = members(
    {"v": schema.constant(1), "type": schema.constant("coop-notice"), "instance": schema.host, "digest": schema.digest}
)


@dataclass(frozen=True)
class Notice:
    """Who published what; nothing of it is verified yet."""

    instance: str
    digest: str


@dataclass(frozen=True)
class Accepted:
    """A good notice: its nonce is to be remembered until ``kept_until``."""

    nonce: str
    kept_until: datetime


def build_notice(instance: str, digest: str) -> bytes:
    """The body to post."""
    return canonical_bytes({"v": 1, "type": "coop-notice", "instance": instance, "digest": digest})


def parse_notice(body: bytes) -> Notice:
    """Read a body; raises :class:`Refusal`."""
    told = decode(body, max_bytes=MAX_BYTES)
    problem = next(_check("", told), None)
    if problem is not None:
        raise Refusal("bad-notice", str(problem))
    return Notice(told["instance"], told["digest"])


def sign_notice(body: bytes, *, to: str, signer: Signer, now: datetime, nonce: str = "") -> dict[str, str]:
    """The header fields that go with ``body`` to the instance ``to``."""
    headers = {"Content-Type": CONTENT_TYPE, "Content-Digest": content_digest(body)}
    created = int(now.timestamp())
    parameters: dict[str, int | str] = {
        "created": created,
        "expires": created + int(LONGEST.total_seconds()),
        "nonce": nonce or secrets.token_urlsafe(18),
        "keyid": signer.kid,
        "alg": ALGORITHM.lower(),
        "tag": TAG,
    }
    return headers | sign(_request(to, headers), COMPONENTS, parameters, signer)


def verify_notice(body: bytes, headers: Mapping[str, str], *, us: str, identity: Identity, now: datetime) -> Accepted:
    """Judge a notice to ``us`` by the verified identity of its sender; raises :class:`Refusal`.

    Whether its nonce was seen before is for the caller to say.
    """
    if identity.valid_until <= now:
        raise SignatureRefused("identity-expired")
    request = _request(us, headers)
    given = parse_input(request.headers.get("signature-input", ""))
    if not set(COMPONENTS) <= set(given.components):
        raise SignatureRefused("bad-http-signature", ", ".join(COMPONENTS))
    created, expires, nonce, kid = (given.parameters.get(name) for name in ("created", "expires", "nonce", "keyid"))
    if given.parameters.get("tag") != TAG or given.parameters.get("alg", "ed25519") != ALGORITHM.lower():
        raise SignatureRefused("bad-http-signature", f"tag {TAG}, alg ed25519")
    if not isinstance(created, int) or not isinstance(expires, int):
        raise SignatureRefused("bad-http-signature", "created, expires")
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce) or not isinstance(kid, str) or not is_kid(kid):
        raise SignatureRefused("bad-http-signature", "nonce, keyid")
    begins, ends = _within_time(created, expires, now)
    check_content_digest(body, request.headers.get("content-digest", ""))
    verify(request, given, identity.key_for(kid, issued_at=begins, first_seen=now))
    return Accepted(nonce, ends + KEPT_AFTER)


def _within_time(created: int, expires: int, now: datetime) -> tuple[datetime, datetime]:
    present = int(now.timestamp())
    skew, longest = int(SKEW.total_seconds()), int(LONGEST.total_seconds())
    if abs(present - created) > skew or not created < expires <= created + longest or present >= expires:
        raise SignatureRefused("not-in-time", f"{created} to {expires}, {present}")
    return datetime.fromtimestamp(created, UTC), datetime.fromtimestamp(expires, UTC)


def _request(to: str, headers: Mapping[str, str]) -> Request:
    return Request("POST", to, NOTICES_PATH, {name.lower(): value for name, value in headers.items()})
