"""Act upon the provider's messages. Their content is a hint where to look: what is true is fetched."""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.events import record
from coopcircuits.payments.errors import ProviderRefused
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.models import WebhookReceipt
from orders.events import PaymentNotAccepted
from orders.payment import provider, queries, settlement
from shops.enterprise.models import Enterprise
from shops.payment_method import card_account

log = logging.getLogger(__name__)

#: The news of a refund may overtake the news of its payment by this much.
_PATIENCE = timedelta(hours=1)


def read(database: Database, gateway: Gateway, *, receipt_id: int) -> None:
    """Act upon one stored message; repeated, late and out of order they all lead to the same state."""
    with database.reading() as session:
        receipt = session.get_one(WebhookReceipt, receipt_id)
    if receipt.processed_at is not None:
        return
    try:
        if not _act(database, gateway, receipt):
            return
    except ProviderRefused as error:
        log.warning("message %s names nothing we can look at: %s", receipt.provider_event, error.detail)
    with database.transaction() as session:
        session.get_one(WebhookReceipt, receipt_id).processed_at = clock.now()


def _act(database: Database, gateway: Gateway, receipt: WebhookReceipt) -> bool:
    """Look where the message points; false when it is to be read again later."""
    if receipt.account is None:
        return False  # about the platform's own account: what shops pay the cooperative is no order
    if receipt.type == "account.updated":
        _look_at_account(database, gateway, receipt.account)
    elif receipt.type.startswith("checkout.session."):
        _look_at_checkout(database, gateway, receipt.account, receipt.object_id)
    elif receipt.type.startswith(("refund.", "charge.refund")):
        with database.reading() as session:
            payment = queries.by_intent(session, account=receipt.account, intent_id=_intent_of(receipt.payload))
        if payment is None:
            # Of a payment that we are yet to hear of, or of the shop's own business elsewhere.
            return clock.now() > receipt.received_at + _PATIENCE
        provider.look_at_refunds(database, gateway, payment)
    return True


def _look_at_account(database: Database, gateway: Gateway, account: str) -> None:
    with database.reading() as session:
        shop_id = session.scalar(select(Enterprise.id).where(Enterprise.payment_account == account))
    if shop_id is not None:
        card_account.look_again(database, gateway, enterprise_id=shop_id, actor=SYSTEM)


def _look_at_checkout(database: Database, gateway: Gateway, account: str, checkout_id: str) -> None:
    with database.reading() as session:
        known = queries.by_checkout(session, checkout_id)
    if known is not None and known.account != account:
        with database.transaction() as session:
            record(session, PaymentNotAccepted(known.order_id, known.id, "account"), actor=SYSTEM)
        return
    if known is not None:
        provider.look_again(database, gateway, payment_id=known.id)
        return
    # Perhaps a page of ours whose id was lost on the way, perhaps the shop's own business elsewhere.
    status = gateway.fetch_checkout(account, checkout_id)
    with database.transaction() as session:
        payment = queries.by_reference(session, account=account, reference=status.reference)
        if payment is not None:
            settlement.adopt(session, payment_id=payment.id, status=status)


def _intent_of(payload: dict[str, Any]) -> str:
    found = payload.get("data", {}).get("object", {}).get("payment_intent")
    return found if isinstance(found, str) else ""
