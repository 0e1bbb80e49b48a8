"""What can only be read: an account's money, the movements that made it, and the events it announced."""

from fnmatch import fnmatchcase

from coopcircuits.payments.sandbox.desk import Desk, same
from coopcircuits.payments.sandbox.store import Json


def read(desk: Desk, params: Json) -> Json:
    """The balance, per currency, net of the provider's fees."""
    sums: dict[str, int] = {}
    for movement in desk.store.select(desk.account, "balance_transaction"):
        sums[movement["currency"]] = sums.get(movement["currency"], 0) + movement["net"]
    available = [{"amount": amount, "currency": currency} for currency, amount in sorted(sums.items())]
    return {
        "object": "balance",
        "available": available or [{"amount": 0, "currency": "eur"}],
        "pending": [],
        "livemode": False,
    }


def list_transactions(desk: Desk, params: Json) -> Json:
    """This account's movements."""
    where = same(params, "source", "type")
    return desk.page("balance_transaction", params, "/v1/balance_transactions", where=where)


def retrieve_transaction(desk: Desk, params: Json, id: str) -> Json:
    """One movement of this account."""
    return desk.retrieve("balance_transaction", id, params)


def retrieve_charge(desk: Desk, params: Json, id: str) -> Json:
    """One charge of this account."""
    return desk.retrieve("charge", id, params)


def list_events(desk: Desk, params: Json) -> Json:
    """This account's events: what a reconciler reads when webhooks were lost. ``type`` may end in ``*``."""
    patterns = [*params.get("types", []), *([params["type"]] if "type" in params else [])]

    def wanted(event: Json) -> bool:
        delivered = params.get("delivery_success", event["pending_webhooks"] == 0)
        named = not patterns or any(fnmatchcase(event["type"], pattern) for pattern in patterns)
        return bool(named and delivered == (event["pending_webhooks"] == 0))

    return desk.page("event", params, "/v1/events", where=wanted)


def retrieve_event(desk: Desk, params: Json, id: str) -> Json:
    """One event of this account."""
    return desk.retrieve("event", id, params)
