"""Connected accounts: opening one, and the link to the page where its owner completes it."""

from coopcircuits.payments.sandbox import PLATFORM
from coopcircuits.payments.sandbox.desk import Desk, new_id, unplayed
from coopcircuits.payments.sandbox.refusals import Refusal, invalid
from coopcircuits.payments.sandbox.store import Json

LINK_SECONDS = 300
CURRENCIES = {"CH": "chf", "DK": "dkk", "GB": "gbp", "NO": "nok", "SE": "sek", "US": "usd", "CA": "cad"}
MISSING = ["business_type", "external_account", "representative.first_name", "tos_acceptance.date"]


def create(desk: Desk, params: Json) -> Json:
    """Open an account that cannot charge before its owner has completed it."""
    if "type" in params and "controller" in params:
        raise invalid("You may not specify both `type` and `controller`.", param="controller")
    dashboard = params.get("controller", {}).get("stripe_dashboard", {}).get("type", "full")
    if params.get("type", "standard") != "standard" or dashboard != "full":
        raise unplayed("accounts without Stripe's full dashboard")
    country = params.get("country", "FR")
    return desk.at(PLATFORM).add(
        {
            "id": new_id("acct", 16),
            "object": "account",
            "business_profile": {"name": None, "mcc": None, "url": None, **params.get("business_profile", {})},
            "business_type": params.get("business_type"),
            "capabilities": dict.fromkeys(params.get("capabilities", {"card_payments": {}}), "inactive"),
            "charges_enabled": False,
            "controller": {
                "type": "application",
                "is_controller": True,
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "full"},
            },
            "country": country,
            "created": desk.now,
            "default_currency": params.get("default_currency", CURRENCIES.get(country, "eur")),
            "details_submitted": False,
            "email": params.get("email"),
            "metadata": params.get("metadata", {}),
            "payouts_enabled": False,
            "requirements": {"currently_due": MISSING, "disabled_reason": "requirements.past_due"},
            "settings": {},
            "type": params.get("type", "none"),
        }
    )


def retrieve(desk: Desk, params: Json, id: str) -> Json:
    """An account that the platform opened."""
    check_access(desk, id)
    return desk.at(PLATFORM).retrieve("account", id, params)


def list_all(desk: Desk, params: Json) -> Json:
    """Every account that the platform opened."""
    return desk.page("account", params, "/v1/accounts")


def check_access(desk: Desk, account: str) -> None:
    """403 when there is no such account, or not for this platform."""
    if account != PLATFORM and not desk.store.find(account, "account"):
        raise Refusal(
            f"The provided key 'sk_test_***' does not have access to account '{account}' (or that account does not "
            "exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
            kept=False,
        )


def create_link(desk: Desk, params: Json) -> Json:
    """A link to the page that completes the account, good once and for five minutes."""
    check_access(desk, params["account"])
    if params["type"] == "account_update":
        raise unplayed("links of type account_update")
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise invalid(f"Missing required param: {name}.", "parameter_missing", name)
    id = new_id("link", 32)
    desk.at(PLATFORM).add(
        {
            "id": id,
            "object": "sandbox_link",
            **{k: params[k] for k in ("account", "refresh_url", "return_url")},
            "expires_at": desk.now + LINK_SECONDS,
            "used": False,
        }
    )
    return {
        "object": "account_link",
        "created": desk.now,
        "expires_at": desk.now + LINK_SECONDS,
        "url": f"{desk.public_url}/connect/{id}",
    }


def complete(desk: Desk, id: str) -> Json:
    """The owner has given everything: the account may charge. Announced as ``account.updated``."""
    account = desk.at(PLATFORM).get("account", id)
    account.update(
        charges_enabled=True, payouts_enabled=True, details_submitted=True, requirements={"currently_due": []}
    )
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active")
    desk.store.save(account)
    desk.at(id).announce("account.updated", account)
    return account
