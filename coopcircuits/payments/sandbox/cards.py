"""The cards that exist in the sandbox: Stripe's published test numbers. No other number is accepted or kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a bank says no: Stripe's ``code``, ``decline_code`` and sentence."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True)
class Card:
    """One test card and how its bank behaves."""

    number: str
    token: str
    brand: str = "visa"
    authentication: bool = False
    decline: Decline | None = None
    refund_waits: bool = False


CARDS = (
    Card("4242424242424242", "visa"),
    Card("5555555555554444", "mastercard", brand="mastercard"),
    Card("4000002500003155", "authenticationRequiredOnSetup", authentication=True),
    Card("4000002760003184", "authenticationRequired", authentication=True),
    Card(
        "4000008400001629",
        "authenticationRequiredChargeDeclined",
        authentication=True,
        decline=Decline("card_declined", "generic_decline", "Your card was declined."),
    ),
    Card(
        "4000000000000002",
        "chargeDeclined",
        decline=Decline("card_declined", "generic_decline", "Your card was declined."),
    ),
    Card(
        "4000000000009995",
        "chargeDeclinedInsufficientFunds",
        decline=Decline("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ),
    Card(
        "4000000000000069",
        "chargeDeclinedExpiredCard",
        decline=Decline("expired_card", "expired_card", "Your card has expired."),
    ),
    Card(
        "4000000000000127",
        "chargeDeclinedIncorrectCvc",
        decline=Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ),
    Card(
        "4000000000000119",
        "chargeDeclinedProcessingError",
        decline=Decline("processing_error", "processing_error", "An error occurred while processing your card."),
    ),
    Card("4000000000007726", "pendingRefund", refund_waits=True),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}
