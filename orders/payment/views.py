"""Doors of card payments: the shopper's way out and back, the provider's messages."""

import json

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.doors import database, read_session, settings, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.payments.errors import ProviderError
from orders.order.models import OrderState
from orders.order.queries import by_link
from orders.payment import provider, services
from orders.payment.queries import card_payment
from shops.payment_method.provider import gateway


def pay(reference: str, secret: str) -> ResponseReturnValue:
    """To the provider's page, opened now if it is not yet; the same one however often this is pressed."""
    order = by_link(read_session(), reference=reference, secret=secret)
    try:
        return redirect(provider.open_page(database(), gateway(), order_id=order.id, base_url=settings().base_url), 303)
    except DomainError as error:
        flash(str(error), "warning")
        return redirect(url_for("order.show", reference=reference, secret=secret), 303)


def paid(reference: str, secret: str) -> ResponseReturnValue:
    """Back from the provider's page. It may have told us already, or not yet: we ask it ourselves."""
    order = by_link(read_session(), reference=reference, secret=secret)
    payment = card_payment(read_session(), order_id=order.id)
    try:
        if payment is not None:
            provider.look_again(database(), gateway(), payment_id=payment.id)
    except ProviderError:
        pass  # the reconciliation asks again within a minute, and the page says what is known
    with database().reading() as session:
        state = by_link(session, reference=reference, secret=secret).state
    if state is OrderState.PLACED:
        flash(_("Thank you, your payment has arrived and your order is confirmed."), "success")
    elif state is OrderState.AWAITING_PAYMENT:
        flash(_("We are waiting for your bank. This page will say as soon as the payment has arrived."), "info")
    return redirect(url_for("order.show", reference=reference, secret=secret), 303)


def stripe_webhook() -> ResponseReturnValue:
    """Keep the provider's message, once, and say so at once; the worker acts upon it."""
    payload = request.get_data(cache=False)
    try:
        event = gateway().read_webhook(payload, request.headers.get("Stripe-Signature", ""))
    except ProviderError as error:
        return error.code, error.status
    with transaction() as session:
        services.keep_receipt(session, event=event, payload=json.loads(payload))
    return "", 200
