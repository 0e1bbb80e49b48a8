"""Payment intents and the charges they make: the only place where toy money moves from a card to an account."""

from typing import Any

from coopcircuits.payments.sandbox import PLATFORM
from coopcircuits.payments.sandbox.cards import BY_TOKEN, Card
from coopcircuits.payments.sandbox.desk import Desk, new_id
from coopcircuits.payments.sandbox.refusals import Refusal, invalid
from coopcircuits.payments.sandbox.store import Json

OPEN_STATES = ("requires_payment_method", "requires_confirmation", "requires_action")
SMALLEST = {"eur": 50, "usd": 50, "chf": 50, "gbp": 30, "cad": 50, "aud": 50, "nzd": 50, "sek": 300, "nok": 300,
            "dkk": 250, "pln": 200, "czk": 1500, "huf": 17500, "ron": 200, "jpy": 50, "mxn": 1000}  # fmt: skip


def check_amount(amount: int, currency: str, param: str, subject: str = "Amount") -> None:
    """Stripe refuses charges below about 50 euro cents, and above eight digits."""
    least = SMALLEST.get(currency, 50)
    if amount < least:
        raise invalid(
            f"{subject} must be at least {least} in the smallest unit of {currency}", "amount_too_small", param
        )
    if amount > 99_999_999:
        raise invalid(
            f"{subject} must be no more than 99999999 in the smallest unit of {currency}", "amount_too_large", param
        )


def check_charges(desk: Desk) -> None:
    """An account whose owner has not completed it cannot take payments."""
    if desk.account != PLATFORM and not desk.at(PLATFORM).get("account", desk.account)["charges_enabled"]:
        raise Refusal("Your account cannot currently make charges.", code="account_invalid", kept=False)


def new_intent(desk: Desk, amount: int, currency: str, **more: Any) -> Json:
    """Keep a new intent that waits for a card."""
    id = new_id("pi")
    return desk.add(
        {
            "id": id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{id}_secret_{new_id('s')[2:]}",
            "confirmation_method": "automatic",
            "created": desk.now,
            "currency": currency,
            "customer": None,
            "description": None,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": {},
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "receipt_email": None,
            "statement_descriptor_suffix": None,
            "status": "requires_payment_method",
            **more,
        }
    )


def attempt(desk: Desk, intent: Json, card: Card, *, back: str, authenticated: bool | None = None) -> Json:
    """Try a card. The intent ends ``succeeded``, ``requires_action`` (``back``: where the bank's page leads afterwards)
    or ``requires_payment_method`` with a ``last_payment_error``. ``authenticated``: what the buyer told the bank."""
    if intent["status"] not in OPEN_STATES:
        raise unexpected_state(intent, "confirmed")
    if not intent["payment_method"] or authenticated is None:
        intent["payment_method"] = _payment_method(desk, card)["id"]
    if card.authentication and authenticated is None:
        url = f"{desk.public_url}/authenticate/{intent['id']}"
        next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": back}}
        intent.update(status="requires_action", next_action=next_action, last_payment_error=None)
        desk.store.save(intent)
        return intent
    intent["next_action"] = None
    if authenticated is False:
        _fail(
            desk,
            intent,
            type="invalid_request_error",
            code="payment_intent_authentication_failure",
            message="The provided PaymentMethod has failed authentication.",
        )
    elif card.decline:
        charge = _charge(desk, intent, card, paid=False)
        _fail(
            desk,
            intent,
            type="card_error",
            code=card.decline.code,
            decline_code=card.decline.decline_code,
            message=card.decline.message,
            charge=charge["id"],
        )
    else:
        charge = _charge(desk, intent, card, paid=True)
        intent.update(
            status="succeeded", latest_charge=charge["id"], amount_received=intent["amount"], last_payment_error=None
        )
        desk.store.save(intent)
        desk.announce("payment_intent.succeeded", intent)
        desk.announce("charge.succeeded", charge)
    return intent


def card_of(desk: Desk, intent: Json) -> Card:
    """The card last tried."""
    return BY_TOKEN[desk.get("payment_method", intent["payment_method"])["card"]["fingerprint"]]


def unexpected_state(intent: Json, verb: str) -> Refusal:
    """What cannot be done to an intent in its present state."""
    return Refusal(
        f"This PaymentIntent's status is {intent['status']}: it cannot be {verb}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def _fail(desk: Desk, intent: Json, **error: Any) -> None:
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    if "charge" in error:
        intent["latest_charge"] = error["charge"]
    desk.store.save(intent)
    desk.announce("payment_intent.payment_failed", intent)


def _payment_method(desk: Desk, card: Card) -> Json:
    face = {
        "brand": card.brand,
        "last4": card.number[-4:],
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": card.token,
    }
    body = {"id": new_id("pm"), "object": "payment_method", "type": "card", "card": face, "created": desk.now}
    return desk.add({**body, "customer": None, "livemode": False, "metadata": {}})


def _charge(desk: Desk, intent: Json, card: Card, *, paid: bool) -> Json:
    code = None if paid or not card.decline else card.decline.code
    return new_charge(desk, intent, paid=paid, failure_code=code, method="card")


def new_charge(desk: Desk, intent: Json, *, paid: bool, failure_code: str | None, method: str) -> Json:
    """Keep what a card or an account was charged, or refused to be."""
    id = new_id("ch")
    charge = {
        "id": id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "application_fee_amount": None,
        "balance_transaction": transaction(desk, "charge", id, intent["amount"], intent["currency"]) if paid else None,
        "captured": paid,
        "created": desk.now,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": failure_code,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": method},
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }
    return desk.add(charge, parent=intent["id"])


def transaction(desk: Desk, type: str, source: str, amount: int, currency: str) -> str:
    """Move toy money on the account's balance: a card costs its shop 1.5 % + 25 cents, a refund costs nothing more."""
    fee = (amount * 15 + 500) // 1000 + 25 if type == "charge" else 0
    body = {"id": new_id("txn"), "object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee}
    more = {"currency": currency, "created": desk.now, "source": source, "status": "available", "type": type}
    return str(desk.add({**body, **more}, parent=source)["id"])
