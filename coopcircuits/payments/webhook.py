"""Webhooks: who may tell us that something happened at the provider, and how long we believe it."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from coopcircuits import clock
from coopcircuits.payments.answers import ProviderEvent
from coopcircuits.payments.errors import WebhookRejected

TOLERANCE_SECONDS = 300


def read_webhook(payload: bytes, signature: str, secret: str) -> ProviderEvent:
    """Check a webhook's signature (in constant time) and age, then read it; raises :class:`WebhookRejected`.

    ``secret`` may hold several, separated by spaces: Stripe signs events of shops' accounts with another one than
    those of the platform's own.
    """
    from stripe import SignatureVerificationError

    if not secret.split():  # anybody could sign with nothing
        raise WebhookRejected("no signing secret is set")
    try:
        _verify(payload, signature, secret.split())
        signed_at = int(dict(part.split("=", 1) for part in reversed(signature.split(",")))["t"])
        body = json.loads(payload)
        event = ProviderEvent(
            id=str(body["id"]),
            type=str(body["type"]),
            account=str(body["account"]) if body.get("account") else None,
            object_id=str(body["data"]["object"]["id"]),
            livemode=bool(body["livemode"]),
            created=datetime.fromtimestamp(body["created"], UTC),
        )
    # Everything comes from a stranger: bytes that are no text, signatures that are not ASCII, JSON of another shape.
    except (SignatureVerificationError, ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise WebhookRejected(f"{type(error).__name__}: {error}") from error
    if abs(clock.now().timestamp() - signed_at) > TOLERANCE_SECONDS:
        raise WebhookRejected(f"{event.id} was signed at {signed_at}, too far from now")
    return event


def _verify(payload: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Raise the SDK's error unless one of the secrets made the signature."""
    from stripe import SignatureVerificationError, WebhookSignature

    *others, last = secrets
    for secret in others:
        with suppress(SignatureVerificationError):
            WebhookSignature.verify_header(payload, signature, secret, tolerance=None)
            return
    # Age is checked above by our own clock, and in both directions; the SDK only knows the machine's.
    WebhookSignature.verify_header(payload, signature, last, tolerance=None)
