"""The sandbox without a port: the SDK's transport into its application, and the hands of shopper and shop.

The demo loader and tests use it: ``Gateway(TEST_KEY, http_client=SandboxTransport(app), retries=0)``.
"""

from collections.abc import Mapping
from typing import Any

import stripe
from flask import Flask
from werkzeug.test import Client, EnvironBuilder

from coopcircuits import clock
from coopcircuits.payments.sandbox import PLATFORM, accounts, checkout, debits
from coopcircuits.payments.sandbox.cards import BY_NUMBER
from coopcircuits.payments.sandbox.intents import card_of
from coopcircuits.payments.sandbox.provider import Provider
from coopcircuits.payments.sandbox.refusals import no_such
from coopcircuits.payments.sandbox.webhooks import payload_of, sign


class SandboxTransport(stripe.HTTPClient):
    """Hands the SDK's requests to the application in this process."""

    name = "sandbox"

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = Client(app)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Body, status and headers; a hung-up line becomes the SDK's connection error."""
        environ = EnvironBuilder(
            path=url,
            method=method.upper(),
            headers=list((headers or {}).items()),
            data=post_data,
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        ).get_environ()
        response = self._client.open(environ)
        if response.headers.get("Sandbox-Fault") == "timeout":
            raise stripe.APIConnectionError("The sandbox hung up.", should_retry=True)  # type: ignore[no-untyped-call] # the SDK left it untyped
        answer_headers = {name.lower(): value for name, value in response.headers.items()}
        return response.get_data(as_text=True), response.status_code, answer_headers

    def close(self) -> None:
        """Nothing to close."""


def pay(app: Flask, session_id: str, card: str = "4242424242424242", *, authenticated: bool = True) -> str:
    """Pay a session as a buyer with this test card would, answering the bank with ``authenticated`` if it asks.

    Gives the intent's status: ``succeeded``, or ``requires_payment_method`` when declined.
    """
    provider = _provider(app)
    found = provider.store.find(session_id, checkout.KIND)
    if not found:
        raise no_such("session", session_id)
    with provider.open(found[0]) as desk:
        intent = checkout.pay(desk, desk.get(checkout.KIND, session_id), BY_NUMBER[card])
        if intent["status"] == "requires_action":
            session = desk.get(checkout.KIND, session_id)
            intent = checkout.pay(desk, session, card_of(desk, intent), authenticated=authenticated)
        return str(intent["status"])


def debit(app: Flask, session_id: str, iban: str = "FR1420041010050500013M02606") -> str:
    """Let this test account be debited, as a buyer would on the page. Gives the intent's id; its bank is to answer."""
    provider = _provider(app)
    found = provider.store.find(session_id, checkout.KIND)
    if not found:
        raise no_such("session", session_id)
    with provider.open(found[0]) as desk:
        return str(debits.sign(desk, desk.get(checkout.KIND, session_id), iban)["id"])


def complete_account(app: Flask, account_id: str) -> None:
    """Complete a shop's account as its owner would: it may then charge."""
    with _provider(app).open(PLATFORM) as desk:
        accounts.complete(desk, account_id)


def signed_events(app: Flask, account_id: str) -> list[tuple[bytes, str]]:
    """Payload and ``Stripe-Signature`` of each event of an account, oldest first, signed now."""
    provider = _provider(app)
    events = reversed(provider.store.select(account_id, "event"))
    now = int(clock.now().timestamp())
    payloads = [payload_of(event) for event in events]
    return [(payload, sign(payload, provider.webhook_secret, now)) for payload in payloads]


def _provider(app: Flask) -> Provider:
    provider: Provider = app.extensions["sandbox"]
    return provider
