"""The cooperative's own account: pages of its own, and what becomes of the money."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from coopcircuits import clock
from coopcircuits.payments.answers import CheckoutState, HostedCheckout
from coopcircuits.payments.errors import ProviderRefused
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.page import PageRequest
from coopcircuits.payments.sandbox import PLATFORM
from coopcircuits.payments.sandbox.transport import debit, pay
from coopcircuits.payments.till import Till


def opened(gateway: Gateway, **changes: Any) -> tuple[Till, HostedCheckout]:
    asked: dict[str, Any] = {
        "reference": "F2026-0001-AB",
        "amount_minor": 3420,
        "currency": "EUR",
        "description": "Facture F2026-0001",
        "email": "elise@example.org",
        "locale": "fr",
        "success_url": "https://coop.test/paid",
        "cancel_url": "https://coop.test/invoice",
        "expires_at": clock.now() + timedelta(minutes=40),
        "idempotency_key": "k1",
    }
    till = Till(gateway)
    return till, till.open_page(PageRequest(**{**asked, **changes}))


def control(sandbox: Flask, path: str, **body: str) -> Any:
    answer = sandbox.test_client().post(f"/_sandbox/{path}", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_card_is_paid_to_the_cooperative_itself(sandbox: Flask, gateway: Gateway) -> None:
    till, page = opened(gateway)
    assert till.fetch_page(page.id).checkout.state is CheckoutState.OPEN
    pay(sandbox, page.id)
    found = till.fetch_page(page.id)
    assert (found.checkout.state, found.checkout.amount_minor) == (CheckoutState.PAID, 3420)
    assert (found.checkout.reference, found.by_debit, found.returns) == ("F2026-0001-AB", False, ())
    assert sandbox.extensions["sandbox"].store.select(PLATFORM, "charge")


def test_a_debit_is_certain_only_when_the_bank_has_answered(sandbox: Flask, gateway: Gateway) -> None:
    till, page = opened(gateway)
    intent = debit(sandbox, page.id)
    assert till.fetch_page(page.id).checkout.state is CheckoutState.PROCESSING
    control(sandbox, f"debits/{intent}/settle")
    found = till.fetch_page(page.id)
    assert (found.checkout.state, found.by_debit) == (CheckoutState.PAID, True)


def test_a_refused_debit_has_failed(sandbox: Flask, gateway: Gateway) -> None:
    till, page = opened(gateway)
    control(sandbox, f"debits/{debit(sandbox, page.id, 'FR8420041010050500013M02607')}/settle")
    assert till.fetch_page(page.id).checkout.state is CheckoutState.FAILED


def test_what_went_back_is_told(sandbox: Flask, gateway: Gateway, sdk: Any) -> None:
    till, page = opened(gateway)
    pay(sandbox, page.id)
    paid = till.fetch_page(page.id).checkout
    sdk.refunds.create({"payment_intent": paid.payment_intent, "amount": 420})
    (charge,) = sandbox.extensions["sandbox"].store.select(PLATFORM, "charge")
    assert [back.amount_minor for back in till.fetch_page(page.id).returns] == [420]
    control(sandbox, f"charges/{charge['id']}/take-back")
    assert sorted(back.amount_minor for back in till.fetch_page(page.id).returns) == [420, 3420]


def test_a_refund_that_waits_has_not_gone_back(sandbox: Flask, gateway: Gateway, sdk: Any) -> None:
    till, page = opened(gateway)
    pay(sandbox, page.id, "4000000000007726")
    paid = till.fetch_page(page.id).checkout
    fails, succeeds = (sdk.refunds.create({"payment_intent": paid.payment_intent, "amount": 1000}) for _ in "12")
    assert till.fetch_page(page.id).returns == ()
    control(sandbox, f"refunds/{fails.id}/settle", status="failed")
    control(sandbox, f"refunds/{succeeds.id}/settle", status="succeeded")
    assert [back.id for back in till.fetch_page(page.id).returns] == [succeeds.id]


def test_a_page_can_be_closed_once(sandbox: Flask, gateway: Gateway) -> None:
    till, page = opened(gateway)
    till.close_page(page.id, "close")
    assert till.fetch_page(page.id).checkout.state is CheckoutState.EXPIRED
    till.close_page(page.id, "close-again")


def test_currencies_of_other_units_are_refused(gateway: Gateway) -> None:
    with pytest.raises(ProviderRefused):
        opened(gateway, currency="TND")


def test_the_hosted_page_takes_an_account(sandbox: Flask, gateway: Gateway) -> None:
    till, page = opened(gateway)
    browser, path = sandbox.test_client(), page.url.removeprefix("http://pay.test")
    assert "Payer par prélèvement" in browser.get(path).get_data(as_text=True)
    assert browser.post(path, data={"iban": "FR14"}).status_code == 422
    assert browser.post(path, data={"iban": "FR14 2004 1010 0505 0001 3M02 606"}).location == "https://coop.test/paid"
    assert till.fetch_page(page.id).checkout.state is CheckoutState.PROCESSING
