"""Checkout sessions: a hosted payment page, open until it is paid, expired or closed by the shop."""

from typing import Any

from coopcircuits.payments.sandbox.cards import Card
from coopcircuits.payments.sandbox.desk import Desk, new_id, same, unplayed
from coopcircuits.payments.sandbox.intents import attempt, check_amount, check_charges, new_intent
from coopcircuits.payments.sandbox.refusals import Refusal, invalid
from coopcircuits.payments.sandbox.store import Json

KIND = "checkout.session"
SOONEST, LATEST = 30 * 60, 24 * 3600


def create(desk: Desk, params: Json) -> Json:
    """Open a session. Its intent is made when the buyer first tries a card, as at Stripe."""
    if params["mode"] != "payment" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unplayed("other sessions than mode=payment on a hosted page")
    for name in ("success_url", "line_items"):
        if not params.get(name):
            raise invalid(f"Missing required param: {name}.", "parameter_missing", name)
    total, currency = _total(params["line_items"])
    if params.get("currency", currency) != currency:
        raise invalid("All prices must use the currency of the session.", param="currency")
    check_amount(total, currency, "line_items", "The Checkout Session's total amount due")
    expires_at = params.get("expires_at", desk.now + LATEST)
    if expires_at < desk.now + SOONEST:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > desk.now + LATEST:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    check_charges(desk)
    id = new_id("cs_test", 58)
    session = {
        "id": id,
        "object": KIND,
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "created": desk.now,
        "currency": currency,
        "custom_fields": [],
        "customer": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": params.get("allowed_payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{desk.public_url}/pay/{id}",
    }
    desk.add(session)
    desk.add(
        {
            "id": f"order_of_{id}",
            "object": "sandbox_order",
            "line_items": params["line_items"],
            "intent": params.get("payment_intent_data", {}),
        }
    )
    desk.store.run("INSERT INTO deadline (id, due) VALUES (?, ?)", id, expires_at)
    return session


def retrieve(desk: Desk, params: Json, id: str) -> Json:
    """One session of this account."""
    return desk.retrieve(KIND, id, params)


def list_all(desk: Desk, params: Json) -> Json:
    """This account's sessions."""
    if "customer_details" in params:
        raise unplayed("lists of sessions by e-mail")
    return desk.page(KIND, params, "/v1/checkout/sessions", where=same(params, "status", "payment_intent"))


def expire(desk: Desk, params: Json, id: str) -> Json:
    """Close an open session."""
    session = desk.get(KIND, id)
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    return _close(desk, session)


def expire_due(desk: Desk) -> None:
    """Close every session whose time has come, of any account."""
    for (id,) in desk.store.run("SELECT id FROM deadline WHERE due <= ?", desk.now):
        if found := desk.store.find(id, KIND):
            _close(desk.at(found[0]), found[1])


def order_of(desk: Desk, session: Json) -> Json:
    """What is being bought: ``line_items`` and the settings of the future intent."""
    return desk.get("sandbox_order", f"order_of_{session['id']}")


def pay(desk: Desk, session: Json, card: Card, *, authenticated: bool | None = None) -> Json:
    """The buyer tries a card on the page, or (``authenticated``) comes back from the bank. Gives the intent."""
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    intent = intent_of(desk, session)
    intent = attempt(desk, intent, card, back=f"{desk.public_url}/pay/{session['id']}", authenticated=authenticated)
    if intent["status"] == "succeeded":
        complete(desk, session, "paid")
    return intent


def intent_of(desk: Desk, session: Json) -> Json:
    """The intent of a session, made when the buyer first tries to pay."""
    if session["payment_intent"]:
        return desk.get("payment_intent", session["payment_intent"])
    intent = new_intent(desk, session["amount_total"], session["currency"], **order_of(desk, session)["intent"])
    session["payment_intent"] = intent["id"]
    desk.store.save(session)
    desk.store.run("UPDATE object SET parent = ? WHERE id = ?", session["id"], intent["id"])
    return intent


def complete(desk: Desk, session: Json, payment_status: str) -> None:
    """The buyer has finished; ``unpaid`` while a bank is still to answer."""
    buyer: dict[str, Any] = {"email": session["customer_email"], "name": None, "phone": None, "address": None}
    session.update(status="complete", payment_status=payment_status, url=None, customer_details=buyer)
    desk.store.save(session)
    desk.store.run("DELETE FROM deadline WHERE id = ?", session["id"])
    desk.announce("checkout.session.completed", session)


def session_of(desk: Desk, intent: Json) -> Json | None:
    """The session that made an intent, if any."""
    row = desk.store.one("SELECT parent FROM object WHERE id = ?", intent["id"])
    return desk.get(KIND, row[0]) if row and row[0] else None


def success_url(session: Json) -> str:
    """Where the buyer goes once the session is paid."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _close(desk: Desk, session: Json) -> Json:
    session.update(status="expired", url=None)
    desk.store.save(session)
    desk.store.run("DELETE FROM deadline WHERE id = ?", session["id"])
    if session["payment_intent"]:
        intent = desk.get("payment_intent", session["payment_intent"])
        intent.update(status="canceled", canceled_at=desk.now, cancellation_reason="expired", next_action=None)
        desk.store.save(intent)
    desk.announce("checkout.session.expired", session)
    return session


def _total(line_items: list[Json]) -> tuple[int, str]:
    """Amount and currency of the whole session."""
    total, currencies = 0, set()
    for index, item in enumerate(line_items):
        price = item.get("price_data") or {}
        for name, found in (("price_data", price), ("quantity", item.get("quantity"))):
            if not found:
                raise invalid(
                    f"Missing required param: line_items[{index}][{name}].",
                    "parameter_missing",
                    f"line_items[{index}][{name}]",
                )
        for name in ("unit_amount", "product_data"):
            if name not in price:
                full = f"line_items[{index}][price_data][{name}]"
                raise invalid(f"Missing required param: {full}.", "parameter_missing", full)
        total += price["unit_amount"] * item["quantity"]
        currencies.add(price["currency"])
    if len(currencies) > 1:
        raise invalid("All prices must use the same currency.", param="line_items")
    return total, currencies.pop()
