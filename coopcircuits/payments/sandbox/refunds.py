"""Refunds: never more than is left of the charge."""

from coopcircuits.payments.sandbox.desk import Desk, new_id, same
from coopcircuits.payments.sandbox.intents import card_of, transaction
from coopcircuits.payments.sandbox.refusals import Refusal, invalid, no_such
from coopcircuits.payments.sandbox.store import Json


def create(desk: Desk, params: Json) -> Json:
    """Give back all that is left, or ``amount`` of it. A refund to the card 4000000000007726 waits."""
    charge = _charge_of(desk, params)
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount > left:
        raise Refusal(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    id = new_id("re")
    by_card = charge["payment_method_details"]["type"] == "card"
    waits = by_card and card_of(desk, desk.get("payment_intent", charge["payment_intent"])).refund_waits
    refund = {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": transaction(desk, "refund", id, -amount, charge["currency"]),
        "charge": charge["id"],
        "created": desk.now,
        "currency": charge["currency"],
        "failure_reason": None,
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if waits else None,
        "reason": params.get("reason"),
        "status": "pending" if waits else "succeeded",
    }
    desk.add(refund, parent=charge["payment_intent"])
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    desk.store.save(charge)
    desk.announce("refund.created", refund)
    desk.announce("charge.refunded", charge)
    return refund


def settle(desk: Desk, id: str, status: str) -> Json:
    """How a refund ends at the buyer's bank: ``succeeded``, or ``failed``, which gives the money back to the shop."""
    refund = desk.get("refund", id)
    if refund["status"] not in ("pending", "succeeded"):
        raise invalid(f"This refund is {refund['status']}.")
    refund.update(status=status, pending_reason=None)
    if status == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        charge = desk.get("charge", refund["charge"])
        charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
        desk.store.save(charge)
        transaction(desk, "refund_failure", refund["id"], refund["amount"], refund["currency"])
    desk.store.save(refund)
    desk.announce("refund.updated", refund)
    if status == "failed":
        desk.announce("refund.failed", refund)
    return refund


def retrieve(desk: Desk, params: Json, id: str) -> Json:
    """One refund of this account."""
    return desk.retrieve("refund", id, params)


def list_all(desk: Desk, params: Json) -> Json:
    """This account's refunds, or those of one payment."""
    return desk.page("refund", params, "/v1/refunds", parent=params.get("payment_intent"), where=same(params, "charge"))


def _charge_of(desk: Desk, params: Json) -> Json:
    if ("payment_intent" in params) == ("charge" in params):
        raise invalid(
            "You must specify exactly one of `payment_intent` and `charge`.", "parameter_missing", "payment_intent"
        )
    if "charge" in params:
        charge = desk.get("charge", params["charge"])
    else:
        intent = desk.get("payment_intent", params["payment_intent"])
        if intent["status"] != "succeeded":
            raise Refusal(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        charge = desk.get("charge", intent["latest_charge"])
    if not charge["paid"]:
        raise no_such("charge", charge["id"])
    return charge
