"""Act upon the provider's messages about our own account. Their content is a hint: what is true is fetched."""

import logging
from datetime import timedelta
from typing import Any

from billing.online_payment import provider, queries
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.payments.errors import ProviderRefused
from coopcircuits.payments.models import WebhookReceipt
from coopcircuits.payments.till import Till

log = logging.getLogger(__name__)

#: The news of a refund may overtake the news of its payment by this much.
_PATIENCE = timedelta(hours=1)


def read(database: Database, till: Till, *, receipt_id: int) -> None:
    """Act upon one stored message; repeated, late and out of order they all lead to the same state."""
    with database.reading() as session:
        message = session.get_one(WebhookReceipt, receipt_id)
    if message.processed_at is not None:
        return
    try:
        if not _act(database, till, message):
            return
    except ProviderRefused as error:
        log.warning("message %s names nothing we can look at: %s", message.provider_event, error.detail)
    with database.transaction() as session:
        session.get_one(WebhookReceipt, receipt_id).processed_at = clock.now()


def _act(database: Database, till: Till, message: WebhookReceipt) -> bool:
    """Look where the message points; false when it is to be read again later."""
    if message.type.startswith("checkout.session."):
        provider.look_at_page(database, till, message.object_id)
    elif message.type.startswith(("refund.", "charge.refund", "charge.dispute.")):
        with database.reading() as session:
            payment = queries.by_intent(session, _intent_of(message.payload))
        if payment is None:
            return clock.now() > message.received_at + _PATIENCE
        provider.look_again(database, till, payment_id=payment.id)
    return True


def _intent_of(payload: dict[str, Any]) -> str:
    found = payload.get("data", {}).get("object", {}).get("payment_intent")
    return found if isinstance(found, str) else ""
