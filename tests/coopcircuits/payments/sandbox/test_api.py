"""The API refuses what Stripe refuses, in Stripe's words, seen through the official SDK."""

from datetime import UTC, datetime
from threading import Thread
from time import sleep
from typing import Any

import pytest
import stripe
from flask import Flask

from coopcircuits import clock
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox import TEST_KEY
from coopcircuits.payments.sandbox.transport import SandboxTransport, pay

from ..conftest import new_shop, open_checkout


def session_params(**changes: Any) -> dict[str, Any]:
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Panier"}}
    asked = {
        "mode": "payment",
        "success_url": "https://coop.test/ok",
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    return {name: value for name, value in {**asked, **changes}.items() if value is not None}


def line(quantity: Any = 1, **price: Any) -> list[dict[str, Any]]:
    data = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Panier"}, **price}
    return [{"price_data": {k: v for k, v in data.items() if v is not None}, "quantity": quantity}]


NOW = 1_795_000_000
REFUSED = [
    ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
    ({"line_items": line(colour="green")}, "parameter_unknown", "line_items[0][price_data][colour]"),
    ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
    ({"mode": None}, "parameter_missing", "mode"),
    ({"success_url": None}, "parameter_missing", "success_url"),
    ({"line_items": None}, "parameter_missing", "line_items"),
    ({"line_items": line(unit_amount=None)}, "parameter_missing", "line_items[0][price_data][unit_amount]"),
    ({"line_items": line(product_data={})}, "parameter_missing", "line_items[0][price_data][product_data]"),
    ({"mode": "gift"}, None, "mode"),
    ({"locale": "fr_FR"}, None, "locale"),
    ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
    ({"customer_email": ""}, "parameter_invalid_empty", "customer_email"),
    ({"success_url": "/paid"}, "url_invalid", "success_url"),
    ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
    ({"cancel_url": "https://coop.test; script-src *"}, "url_invalid", "cancel_url"),
    ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
    ({"line_items": line(unit_amount="12.50")}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
    ({"line_items": line(unit_amount=-1)}, "parameter_invalid_integer", "line_items[0][price_data][unit_amount]"),
    ({"line_items": line(currency="EUR")}, None, "line_items[0][price_data][currency]"),
    ({"line_items": line(unit_amount=49)}, "amount_too_small", "line_items"),
    ({"line_items": line(quantity=999_999, unit_amount=99_999_999)}, "amount_too_large", "line_items"),
    ({"line_items": line(quantity=0)}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ({"line_items": line() + line(currency="chf")}, None, "line_items"),
    ({"line_items": line() * 101}, None, "line_items"),
    ({"line_items": "Panier"}, None, "line_items"),
    ({"expires_at": NOW + 1799}, None, "expires_at"),
    ({"expires_at": NOW + 86_401}, None, "expires_at"),
    ({"expires_at": "tomorrow"}, "parameter_invalid_integer", "expires_at"),
    ({"adaptive_pricing": {"enabled": "perhaps"}}, None, "adaptive_pricing[enabled]"),
    ({"subscription_data": {"description": "x"}}, "sandbox_unplayed", "subscription_data"),
]


@pytest.mark.parametrize(("changes", "code", "param"), REFUSED, ids=lambda value: str(value)[:40])
def test_wrong_parameters_are_named(sdk: Any, shop: str, changes: dict[str, Any], code: str | None, param: str) -> None:
    with clock.travel(datetime.fromtimestamp(NOW, UTC)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.checkout.sessions.create(session_params(**changes), {"stripe_account": shop})
        assert sdk.checkout.sessions.list(None, {"stripe_account": shop}).data == []
    error = refused.value.json_body["error"]
    assert refused.value.http_status == 400
    assert error["type"] == "invalid_request_error"
    assert error.get("code") == code
    assert error["param"] == param


def test_only_links_to_other_objects_expand(gateway: Gateway, sdk: Any, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sdk.checkout.sessions.retrieve(hosted.id, {"expand": ["colour"]}, {"stripe_account": shop})


def test_the_bounds_of_expiry_are_accepted(sdk: Any, shop: str) -> None:
    with clock.travel(datetime.fromtimestamp(NOW, UTC)):
        for seconds in (1800, 86_400):
            params = session_params(expires_at=NOW + seconds)
            assert sdk.checkout.sessions.create(params, {"stripe_account": shop}).expires_at == NOW + seconds


def test_keys_versions_and_accounts_are_checked(sandbox: Flask, sdk: Any, shop: str) -> None:
    stranger = stripe.StripeClient("sk_test_other", http_client=SandboxTransport(sandbox)).v1
    with pytest.raises(stripe.AuthenticationError):
        stranger.balance.retrieve()
    assert sandbox.test_client().get("/v1/balance").status_code == 401
    old = stripe.StripeClient(TEST_KEY, stripe_version="2020-08-27", http_client=SandboxTransport(sandbox)).v1
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        old.balance.retrieve()
    with pytest.raises(stripe.PermissionError) as refused:
        sdk.balance.retrieve(None, {"stripe_account": "acct_absent"})
    assert refused.value.json_body["error"]["code"] == "account_invalid"
    with pytest.raises(stripe.PermissionError):
        sdk.accounts.create({"email": "a@example.org"}, {"stripe_account": shop})
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        sdk.products.list()


def test_objects_stay_with_their_account(sandbox: Flask, gateway: Gateway, sdk: Any, shop: str) -> None:
    other = new_shop(sandbox, gateway, "autre")
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id)
    mine, theirs = {"stripe_account": shop}, {"stripe_account": other}
    intent = sdk.checkout.sessions.retrieve(
        hosted.id, {"expand": ["payment_intent.latest_charge"]}, mine
    ).payment_intent
    assert intent.latest_charge.paid
    for read in (
        lambda: sdk.checkout.sessions.retrieve(hosted.id, None, theirs),
        lambda: sdk.checkout.sessions.retrieve(hosted.id),
        lambda: sdk.payment_intents.retrieve(intent.id, None, theirs),
        lambda: sdk.charges.retrieve(intent.latest_charge.id, None, theirs),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            read()
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    assert sdk.payment_intents.list(None, theirs).data == []


def test_the_platform_never_holds_buyers_money(sandbox: Flask, gateway: Gateway, sdk: Any, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id)
    assert sdk.balance.retrieve().available[0].amount == 0
    balance = sdk.balance.retrieve(None, {"stripe_account": shop}).available[0]
    assert (balance.amount, balance.currency) == (2340 - 35 - 25, "eur"), "less 1.5 % + 25 cents"


def test_a_key_remembers_its_answer(sdk: Any, shop: str) -> None:
    options = {"stripe_account": shop, "idempotency_key": "once"}
    first = sdk.checkout.sessions.create(session_params(), options)
    again = sdk.checkout.sessions.create(session_params(), options)
    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError) as refused:
        sdk.checkout.sessions.create(session_params(locale="en"), options)
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        sdk.refunds.create({"payment_intent": "pi_x"}, options)


def test_a_refused_request_frees_its_key(sdk: Any, shop: str) -> None:
    options = {"stripe_account": shop, "idempotency_key": "once"}
    with pytest.raises(stripe.InvalidRequestError):
        sdk.checkout.sessions.create(session_params(colour="green"), options)
    assert sdk.checkout.sessions.create(session_params(), options).id


def test_a_key_in_flight_is_a_conflict(sandbox: Flask, sdk: Any, shop: str) -> None:
    sandbox.test_client().post("/_sandbox/faults", json={"kind": "slow", "seconds": 0.5})
    options = {"stripe_account": shop, "idempotency_key": "once"}
    first = Thread(target=lambda: sdk.checkout.sessions.create(session_params(), options))
    first.start()
    while not sandbox.extensions["sandbox"].in_flight:
        sleep(0.005)
    with pytest.raises(stripe.APIError) as conflict:
        sdk.checkout.sessions.create(session_params(), options)
    assert conflict.value.http_status == 409
    first.join()
    assert len(sdk.checkout.sessions.list(None, {"stripe_account": shop}).data) == 1


def test_an_intent_is_confirmed_declined_and_canceled(sdk: Any, shop: str) -> None:
    options = {"stripe_account": shop}
    create = {"amount": 1500, "currency": "eur"}
    paid = sdk.payment_intents.create({**create, "confirm": True, "payment_method": "pm_card_visa"}, options)
    assert (paid.status, paid.amount_received) == ("succeeded", 1500)

    declined = sdk.payment_intents.create(create, options)
    with pytest.raises(stripe.CardError) as refused:
        sdk.payment_intents.confirm(declined.id, {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}, options)
    assert (refused.value.code, refused.value.error.decline_code) == ("card_declined", "insufficient_funds")
    assert sdk.payment_intents.cancel(declined.id, None, options).status == "canceled"

    for verb in (sdk.payment_intents.cancel, sdk.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as unexpected:
            verb(paid.id, None, options)
        assert unexpected.value.code == "payment_intent_unexpected_state"
    assert [intent.id for intent in sdk.payment_intents.list(None, options).data] == [declined.id, paid.id]


def test_an_intent_asks_for_authentication(sandbox: Flask, sdk: Any, shop: str) -> None:
    options = {"stripe_account": shop}
    params = {"amount": 1500, "currency": "eur", "confirm": True, "payment_method": "pm_card_authenticationRequired"}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        sdk.payment_intents.create(params, options)
    intent = sdk.payment_intents.create({**params, "return_url": "https://coop.test/back"}, options)
    assert intent.status == "requires_action"
    page = intent.next_action.redirect_to_url.url.removeprefix("http://pay.test")
    back = sandbox.test_client().post(page, data={"answer": "accept"}).location
    assert back.startswith("https://coop.test/back?payment_intent=pi_")
    assert sdk.payment_intents.retrieve(intent.id, None, options).status == "succeeded"


def test_lists_are_read_page_by_page(gateway: Gateway, sdk: Any, shop: str) -> None:
    made = [open_checkout(gateway, shop, f"k{n}").id for n in range(5)]
    page = sdk.checkout.sessions.list({"limit": 2}, {"stripe_account": shop})
    assert [session.id for session in page.auto_paging_iter()] == made[::-1]
    assert sdk.checkout.sessions.list({"status": "complete"}, {"stripe_account": shop}).data == []
