"""SEPA direct debits on a hosted page: signed now, answered by the bank days later, taken back weeks later."""

from coopcircuits.payments.sandbox import checkout
from coopcircuits.payments.sandbox.desk import Desk, new_id, same
from coopcircuits.payments.sandbox.intents import new_charge, transaction
from coopcircuits.payments.sandbox.refusals import invalid
from coopcircuits.payments.sandbox.store import Json

#: The accounts that exist in the sandbox, by Stripe's published test numbers, and what their bank answers.
ACCOUNTS = {
    "FR1420041010050500013M02606": "succeeded",
    "FR8420041010050500013M02607": "failed",
}


def sign(desk: Desk, session: Json, iban: str) -> Json:
    """The buyer lets an account be debited. The intent is ``processing`` until :func:`settle`."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    if "sepa_debit" not in session["payment_method_types"]:
        raise invalid("This Checkout Session does not take direct debits.")
    answer = ACCOUNTS[iban]
    intent = checkout.intent_of(desk, session)
    intent.update(status="processing", payment_method=new_id("pm"), sandbox_answer=answer, last_payment_error=None)
    desk.store.save(intent)
    desk.announce("payment_intent.processing", intent)
    checkout.complete(desk, session, "unpaid")
    return intent


def settle(desk: Desk, intent_id: str) -> Json:
    """The bank answers as the account's number says."""
    intent = desk.get("payment_intent", intent_id)
    if intent["status"] != "processing":
        raise invalid(f"This PaymentIntent is {intent['status']}.")
    session = checkout.session_of(desk, intent)
    if session is None:
        raise invalid("Only direct debits on a hosted page are played.")
    paid = intent["sandbox_answer"] == "succeeded"
    code = None if paid else "insufficient_funds"
    charge = new_charge(desk, intent, paid=paid, failure_code=code, method="sepa_debit")
    error = None if paid else {"type": "card_error", "code": code, "charge": charge["id"]}
    intent.update(
        status="succeeded" if paid else "requires_payment_method",
        amount_received=intent["amount"] if paid else 0,
        latest_charge=charge["id"],
        last_payment_error=error,
    )
    desk.store.save(intent)
    if paid:
        session["payment_status"] = "paid"
        desk.store.save(session)
    desk.announce("payment_intent.succeeded" if paid else "payment_intent.payment_failed", intent)
    desk.announce(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)
    return intent


def take_back(desk: Desk, charge_id: str) -> Json:
    """The payer's bank takes the money back: a dispute that is lost as it opens."""
    charge = desk.get("charge", charge_id)
    if charge["disputed"] or not charge["paid"]:
        raise invalid("This charge cannot be disputed.")
    dispute = {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": charge["amount"],
        "charge": charge["id"],
        "created": desk.now,
        "currency": charge["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "insufficient_funds",
        "status": "lost",
    }
    desk.add(dispute, parent=charge["payment_intent"])
    charge["disputed"] = True
    desk.store.save(charge)
    transaction(desk, "adjustment", dispute["id"], -charge["amount"], charge["currency"])
    desk.announce("charge.dispute.created", dispute)
    desk.announce("charge.dispute.closed", dispute)
    return dispute


def list_disputes(desk: Desk, params: Json) -> Json:
    """This account's disputes, or those of one payment."""
    parent = params.get("payment_intent")
    return desk.page("dispute", params, "/v1/disputes", parent=parent, where=same(params, "charge"))
