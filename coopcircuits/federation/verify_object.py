"""Whether an allocation, a key of sharing or a document of a dispute is genuine: its form, then its signatures."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from coopcircuits.federation.identity import CLOCK_SKEW, Identity, IdentityRefused
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import Problem
from coopcircuits.federation.signing import Envelope, ObjectKind, parse_envelope, verify_signature

_NEVER = datetime.max.replace(tzinfo=UTC)

_BAD_FORM = {
    ObjectKind.ALLOCATION: "bad-allocation",
    ObjectKind.SHARING_KEY: "bad-sharing-key",
    ObjectKind.DISPUTE: "bad-dispute",
}


def verify_object(
    raw: bytes,
    *,
    kind: ObjectKind,
    identity: Identity,
    check: Callable[[Any], Collection[Problem]],
    received_at: datetime | None = None,
) -> Envelope:
    """Read the envelope ``raw`` that the instance of ``identity`` publishes; raises :class:`Refusal`.

    Any key that was announced may have signed it, the same content perhaps again after a theft, but none that expired
    before the date that it bears. A compromised key only speaks for what was first seen before, at ``received_at``; in
    an archive it is ``None`` where its writer does not say.
    """
    envelope = parse_envelope(raw)
    problems = list(check(envelope.payload))
    if problems:
        raise Refusal(_BAD_FORM[kind], "; ".join(str(problem) for problem in problems[:3]))
    named = envelope.payload.get("instance", identity.instance)
    if named != identity.instance:
        raise Refusal("wrong-issuer", named)
    issued_at = parse_moment(envelope.payload["issued_at"]) if "issued_at" in envelope.payload else None
    for signature in envelope.signatures:
        verify_signature(kind, envelope, signature, _key(identity, signature.kid, issued_at, received_at or _NEVER))
    if received_at is not None and issued_at is not None and issued_at > received_at + CLOCK_SKEW:
        raise Refusal("issued-in-future", format_moment(issued_at))
    return envelope


def _key(identity: Identity, kid: str, issued_at: datetime | None, first_seen: datetime) -> bytes:
    record = identity.keys.get(kid)
    if record is None:
        raise IdentityRefused("unknown-key", kid)
    if identity.is_revoked(kid, first_seen=first_seen):
        raise IdentityRefused("key-revoked", kid)
    if issued_at is not None and record.expired_at is not None and issued_at >= record.expired_at:
        raise IdentityRefused("key-expired", kid)
    return record.key
