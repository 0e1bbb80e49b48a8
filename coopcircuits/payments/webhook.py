"""Webhooks: who may tell us that something happened at the provider, and how long we believe it."""

import json
from datetime import UTC, datetime

from coopcircuits import clock
from coopcircuits.payments.answers import ProviderEvent
from coopcircuits.payments.errors import WebhookRejected

TOLERANCE_SECONDS = 300


def read_webhook(payload: bytes, signature: str, secret: str) -> ProviderEvent:
    """Check a webhook's signature (in constant time) and age, then read it; raises :class:`WebhookRejected`."""
    from stripe import SignatureVerificationError, WebhookSignature

    try:
        # Age is checked below by our own clock, and in both directions; the SDK only knows the machine's.
        WebhookSignature.verify_header(payload, signature, secret, tolerance=None)
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
