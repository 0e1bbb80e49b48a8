"""The endpoints of payment intents, for payments without a hosted page."""

from coopcircuits.payments.sandbox.cards import BY_TOKEN
from coopcircuits.payments.sandbox.desk import Desk
from coopcircuits.payments.sandbox.intents import (
    OPEN_STATES,
    attempt,
    check_amount,
    check_charges,
    new_intent,
    unexpected_state,
)
from coopcircuits.payments.sandbox.refusals import Refusal, invalid, no_such
from coopcircuits.payments.sandbox.store import Json

COPIED = ("description", "metadata", "receipt_email", "statement_descriptor_suffix", "confirmation_method")


def create(desk: Desk, params: Json) -> Json:
    """Create, and with ``confirm`` also try the card ``payment_method`` (``pm_card_visa`` and its like)."""
    check_amount(params["amount"], params["currency"], "amount")
    check_charges(desk)
    if not params.get("confirm") and "return_url" in params:
        raise invalid("return_url can only be specified when confirm is true", param="return_url")
    more = {name: params[name] for name in COPIED if name in params}
    intent = new_intent(desk, params["amount"], params["currency"], **more)
    return confirm(desk, params, intent["id"]) if params.get("confirm") else intent


def confirm(desk: Desk, params: Json, id: str) -> Json:
    """Try a card. A bank's refusal is an answer 402 that carries the intent."""
    intent = desk.get("payment_intent", id)
    token = params.get("payment_method", "").removeprefix("pm_card_")
    if not token:
        raise unexpected_state(intent, "confirmed without a payment method")
    if token not in BY_TOKEN:
        raise no_such("PaymentMethod", params["payment_method"])
    card = BY_TOKEN[token]
    if card.authentication and "return_url" not in params:
        raise invalid("A return_url must be given for payment methods that redirect.", param="return_url")
    intent = attempt(desk, intent, card, back=params.get("return_url", ""))
    if error := intent["last_payment_error"]:
        raise Refusal(status=402, payment_intent=intent, **error)
    return intent


def retrieve(desk: Desk, params: Json, id: str) -> Json:
    """One intent of this account."""
    return desk.retrieve("payment_intent", id, params)


def cancel(desk: Desk, params: Json, id: str) -> Json:
    """Give up an intent that has not succeeded."""
    intent = desk.get("payment_intent", id)
    if intent["status"] not in OPEN_STATES:
        raise unexpected_state(intent, "canceled")
    intent.update(status="canceled", canceled_at=desk.now, next_action=None)
    intent["cancellation_reason"] = params.get("cancellation_reason")
    desk.store.save(intent)
    return intent


def list_all(desk: Desk, params: Json) -> Json:
    """This account's intents."""
    return desk.page("payment_intent", params, "/v1/payment_intents")
