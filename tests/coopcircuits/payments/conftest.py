"""A fresh payment sandbox in this process, with one shop that may take cards."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe
from flask import Flask

from coopcircuits import clock
from coopcircuits.payments.answers import HostedCheckout
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.page import PageRequest
from coopcircuits.payments.sandbox import TEST_KEY, TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.payments.sandbox.transport import SandboxTransport, complete_account


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Flask]:
    app = create_sandbox(tmp_path / "sandbox.sqlite3", public_url="http://pay.test")
    yield app
    app.extensions["sandbox"].close()


@pytest.fixture
def gateway(sandbox: Flask) -> Gateway:
    return Gateway(TEST_KEY, webhook_secret=TEST_WEBHOOK_SECRET, http_client=SandboxTransport(sandbox), retries=0)


@pytest.fixture
def sdk(sandbox: Flask) -> Any:
    """The official SDK itself, for what the gateway does not use."""
    return stripe.StripeClient(TEST_KEY, http_client=SandboxTransport(sandbox)).v1


@pytest.fixture
def shop(sandbox: Flask, gateway: Gateway) -> str:
    return new_shop(sandbox, gateway, "ferme")


def new_shop(sandbox: Flask, gateway: Gateway, name: str) -> str:
    account = gateway.create_account(
        email=f"{name}@example.org", country="FR", name=f"La {name}", idempotency_key=f"account-{name}"
    )
    complete_account(sandbox, account)
    return account


def open_checkout(gateway: Gateway, shop: str, key: str = "k1", **changes: Any) -> HostedCheckout:
    """A checkout of 23.40 euros for order R1."""
    asked: dict[str, Any] = {
        "reference": "R1",
        "amount_minor": 2340,
        "currency": "EUR",
        "description": "Commande R1, La ferme",
        "email": "camille@example.org",
        "locale": "fr",
        "success_url": "https://coop.test/orders/R1/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://coop.test/orders/R1/pay",
        "expires_at": clock.now() + timedelta(minutes=31),
        "idempotency_key": key,
    }
    return gateway.create_checkout(shop, PageRequest(**{**asked, **changes}))
