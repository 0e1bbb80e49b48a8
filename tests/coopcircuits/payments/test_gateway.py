"""What the floors rely on when they speak of card payments."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from coopcircuits import clock
from coopcircuits.payments.answers import CheckoutState, RefundState
from coopcircuits.payments.errors import GatewayMisconfigured, ProviderRefused, ProviderUnavailable
from coopcircuits.payments.gateway import Gateway, gateway_from
from coopcircuits.payments.sandbox import TEST_KEY
from coopcircuits.payments.sandbox.transport import SandboxTransport, pay

from .conftest import new_shop, open_checkout


def break_next(sandbox: Flask, kind: str, **more: Any) -> None:
    answer = sandbox.test_client().post("/_sandbox/faults", json={"kind": kind, **more})
    assert answer.status_code == 200, answer.json


def test_a_paid_checkout_is_found_paid_with_its_amount_and_reference(
    sandbox: Flask, gateway: Gateway, shop: str
) -> None:
    hosted = open_checkout(gateway, shop)
    assert hosted.url.startswith("http://pay.test/pay/cs_test_")
    before = gateway.fetch_checkout(shop, hosted.id)
    assert (before.state, before.payment_intent) == (CheckoutState.OPEN, None)

    assert pay(sandbox, hosted.id) == "succeeded"

    after = gateway.fetch_checkout(shop, hosted.id)
    assert (after.state, after.amount_minor, after.currency, after.reference) == ("paid", 2340, "EUR", "R1")
    assert after.payment_intent is not None


def test_a_declined_card_leaves_the_checkout_open(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    assert pay(sandbox, hosted.id, "4000000000009995") == "requires_payment_method"
    assert gateway.fetch_checkout(shop, hosted.id).state == CheckoutState.OPEN
    assert pay(sandbox, hosted.id) == "succeeded"
    assert gateway.fetch_checkout(shop, hosted.id).state == CheckoutState.PAID


@pytest.mark.parametrize(("authenticated", "state"), [(True, CheckoutState.PAID), (False, CheckoutState.OPEN)])
def test_strong_authentication_decides(
    sandbox: Flask, gateway: Gateway, shop: str, authenticated: bool, state: CheckoutState
) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id, "4000002760003184", authenticated=authenticated)
    assert gateway.fetch_checkout(shop, hosted.id).state == state


def test_a_checkout_expires_at_its_time(gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    with clock.travel(hosted.expires_at + timedelta(seconds=1)):
        assert gateway.fetch_checkout(shop, hosted.id).state == CheckoutState.EXPIRED


def test_closing_a_checkout_says_how_it_ended(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    abandoned, paid = open_checkout(gateway, shop, "a"), open_checkout(gateway, shop, "b")
    pay(sandbox, paid.id)
    assert gateway.expire_checkout(shop, abandoned.id, "close-a").state == CheckoutState.EXPIRED
    assert gateway.expire_checkout(shop, paid.id, "close-b").state == CheckoutState.PAID
    with pytest.raises(ProviderRefused):
        gateway.expire_checkout(shop, "cs_test_absent", "close-c")


def test_refunds_never_exceed_the_payment(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id)
    intent = gateway.fetch_checkout(shop, hosted.id).payment_intent or ""

    def refund(amount: int, key: str) -> Any:
        return gateway.refund(shop, payment_intent=intent, amount_minor=amount, reference=key, idempotency_key=key)

    first = refund(2000, "r1")
    assert (first.state, first.amount_minor, first.payment_intent) == (RefundState.SUCCEEDED, 2000, intent)
    assert refund(2000, "r1") == first, "the same key gives the same refund"
    with pytest.raises(ProviderRefused):
        refund(341, "r2")
    refund(340, "r3")
    with pytest.raises(ProviderRefused):
        refund(1, "r4")
    assert [(r.amount_minor, r.reference) for r in gateway.fetch_refunds(shop, intent)] == [(340, "r3"), (2000, "r1")]


def test_a_refund_may_wait_then_fail(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id, "4000000000007726")
    intent = gateway.fetch_checkout(shop, hosted.id).payment_intent or ""
    refund = gateway.refund(shop, payment_intent=intent, amount_minor=2340, reference="r", idempotency_key="r")
    assert refund.state == RefundState.PENDING
    sandbox.test_client().post(f"/_sandbox/refunds/{refund.id}/settle", json={"status": "failed"})
    assert gateway.fetch_refunds(shop, intent)[0].state == RefundState.FAILED


def test_an_unpaid_checkout_cannot_be_refunded(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id, "4000000000000002")
    intent = gateway.fetch_checkout(shop, hosted.id).payment_intent or ""
    with pytest.raises(ProviderRefused):
        gateway.refund(shop, payment_intent=intent, amount_minor=100, reference="r", idempotency_key="r")


def test_a_shop_opens_its_account_then_completes_it(sandbox: Flask, gateway: Gateway) -> None:
    account = gateway.create_account(email="a@example.org", country="fr", name="Le Rucher", idempotency_key="x")
    status = gateway.fetch_account(account)
    assert (status.charges_enabled, status.details_submitted) == (False, False)
    with pytest.raises(ProviderRefused):
        open_checkout(gateway, account)

    url = gateway.onboarding_link(account, "https://coop.test/again", "https://coop.test/back")
    browser, path = sandbox.test_client(), url.removeprefix("http://pay.test")
    assert "Le Rucher" in browser.get(path).text
    assert browser.post(path, data={"answer": "activate"}).location == "https://coop.test/back"

    status = gateway.fetch_account(account)
    assert (status.charges_enabled, status.details_submitted) == (True, True)
    assert browser.get(path).location == "https://coop.test/again", "a link is good once"


def test_no_payment_without_the_shops_own_account(gateway: Gateway) -> None:
    for account in ("", "platform"):
        with pytest.raises(ProviderRefused):
            open_checkout(gateway, account)


def test_a_shop_cannot_see_another_shops_payment(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    other = new_shop(sandbox, gateway, "autre")
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id)
    intent = gateway.fetch_checkout(shop, hosted.id).payment_intent or ""
    with pytest.raises(ProviderRefused):
        gateway.fetch_checkout(other, hosted.id)
    with pytest.raises(ProviderRefused):
        gateway.refund(other, payment_intent=intent, amount_minor=100, reference="r", idempotency_key="r")
    with pytest.raises(ProviderRefused):
        gateway.fetch_checkout("acct_absent", hosted.id)
    assert gateway.fetch_refunds(shop, intent) == ()


@pytest.mark.parametrize("currency", ["KWD", "isk"])
def test_currencies_counted_otherwise_are_refused(gateway: Gateway, shop: str, currency: str) -> None:
    with pytest.raises(ProviderRefused):
        open_checkout(gateway, shop, currency=currency)


def test_a_currency_without_cents_keeps_its_amount(gateway: Gateway, shop: str) -> None:
    hosted = open_checkout(gateway, shop, currency="JPY", amount_minor=2340)
    assert gateway.fetch_checkout(shop, hosted.id).amount_minor == 2340


@pytest.mark.parametrize("kind", ["rate_limit", "timeout", "truncated", "slow"])
def test_after_a_fault_the_same_key_finishes_one_checkout(
    sandbox: Flask, gateway: Gateway, sdk: Any, shop: str, kind: str
) -> None:
    break_next(sandbox, kind, seconds=0.01)
    expires_at = clock.now() + timedelta(minutes=31)
    if kind == "slow":
        open_checkout(gateway, shop, expires_at=expires_at)
    else:
        with pytest.raises(ProviderUnavailable):
            open_checkout(gateway, shop, expires_at=expires_at)
    hosted = open_checkout(gateway, shop, expires_at=expires_at)
    sessions = sdk.checkout.sessions.list(None, {"stripe_account": shop}).data
    assert [session.id for session in sessions] == [hosted.id]


@pytest.mark.parametrize(("kind", "made"), [("server_error", 0), ("server_error_after", 1)])
def test_a_server_error_is_remembered_and_the_truth_is_fetched(
    sandbox: Flask, gateway: Gateway, shop: str, kind: str, made: int
) -> None:
    hosted = open_checkout(gateway, shop)
    pay(sandbox, hosted.id)
    intent = gateway.fetch_checkout(shop, hosted.id).payment_intent or ""
    break_next(sandbox, kind, path="/v1/refunds")
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            gateway.refund(shop, payment_intent=intent, amount_minor=100, reference="r", idempotency_key="r")
    assert len(gateway.fetch_refunds(shop, intent)) == made


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "truncated", "timeout"])
def test_a_failing_read_is_unavailable_and_harmless(sandbox: Flask, gateway: Gateway, shop: str, kind: str) -> None:
    hosted = open_checkout(gateway, shop)
    break_next(sandbox, kind, method="GET")
    with pytest.raises(ProviderUnavailable):
        gateway.fetch_checkout(shop, hosted.id)
    assert gateway.fetch_checkout(shop, hosted.id).state == CheckoutState.OPEN


def test_the_same_key_for_another_order_is_refused(gateway: Gateway, shop: str) -> None:
    open_checkout(gateway, shop)
    with pytest.raises(ProviderRefused):
        open_checkout(gateway, shop, amount_minor=9999)


@dataclass(frozen=True)
class PaymentSettings:
    stripe_secret_key: str = TEST_KEY
    stripe_api_base: str = "http://127.0.0.1:8010"
    stripe_webhook_secret: str = "whsec_x"
    is_production: bool = False


def test_settings_make_a_gateway() -> None:
    assert not gateway_from(PaymentSettings()).livemode
    assert gateway_from(PaymentSettings("sk_live_x", "", is_production=True)).livemode


@pytest.mark.parametrize(
    "settings",
    [
        PaymentSettings(stripe_secret_key=""),
        PaymentSettings(is_production=True),
        PaymentSettings(stripe_secret_key="sk_live_x"),
        PaymentSettings(stripe_secret_key="rk_live_x"),
        PaymentSettings(stripe_secret_key="sk_live_x", stripe_api_base="https://api.stripe.com.example.org"),
    ],
)
def test_unsafe_settings_are_refused(settings: PaymentSettings) -> None:
    with pytest.raises(GatewayMisconfigured):
        gateway_from(settings)


def test_no_sandbox_in_process_in_production(sandbox: Flask) -> None:
    with pytest.raises(GatewayMisconfigured):
        gateway_from(PaymentSettings(stripe_api_base="", is_production=True), SandboxTransport(sandbox))
