"""The sandbox behind a real port: the SDK's own HTTP, webhooks that arrive, controls for this machine only."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import requests
import stripe
from flask import Flask
from werkzeug.serving import make_server

from coopcircuits.payments.errors import ProviderUnavailable
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox import TEST_KEY, TEST_WEBHOOK_SECRET, webhooks
from coopcircuits.payments.sandbox.__main__ import QuietHandler
from coopcircuits.payments.sandbox.app import create_sandbox
from coopcircuits.payments.sandbox.transport import complete_account, pay
from coopcircuits.payments.webhook import read_webhook

from ..conftest import new_shop, open_checkout


class Listener:
    """An endpoint that keeps what it is told, and refuses the first ``refusals`` calls."""

    def __init__(self) -> None:
        self.events: list[tuple[bytes, str]] = []
        self.refusals = 0

    def hear(self, payload: bytes, signature: str) -> int:
        if self.refusals:
            self.refusals -= 1
            return 503
        self.events.append((payload, signature))
        return 200

    def types(self) -> Counter[str]:
        return Counter(json.loads(payload)["type"] for payload, _ in self.events)


@contextmanager
def listening(listener: Listener) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(listener.hear(payload, self.headers["Stripe-Signature"]))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def until(true: Callable[[], bool]) -> None:
    end = monotonic() + 30
    while not true():
        assert monotonic() < end, "waited too long"
        sleep(0.01)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr(webhooks, "FIRST_RETRY_SECONDS", 0.05)
    return Listener()


@pytest.fixture
def heard(listener: Listener, tmp_path: Path) -> Iterator[Flask]:
    """A sandbox that tells ``listener``."""
    with listening(listener) as url:
        app = create_sandbox(tmp_path / "heard.sqlite3", url, public_url="http://pay.test")
        yield app
        app.extensions["sandbox"].close()


def in_process(app: Flask) -> Gateway:
    from coopcircuits.payments.sandbox.transport import SandboxTransport

    return Gateway(TEST_KEY, http_client=SandboxTransport(app), retries=0)


def test_events_arrive_signed_until_they_are_accepted(heard: Flask, listener: Listener) -> None:
    listener.refusals = 2
    gateway = in_process(heard)
    shop = new_shop(heard, gateway, "ferme")
    hosted = open_checkout(gateway, shop)
    pay(heard, hosted.id)
    until(lambda: len(listener.events) == 4)
    expected = ["account.updated", "payment_intent.succeeded", "charge.succeeded", "checkout.session.completed"]
    assert listener.types() == Counter(expected)
    for payload, signature in listener.events:
        event = read_webhook(payload, signature, TEST_WEBHOOK_SECRET)
        assert event.account == shop
        body = json.loads(payload)
        assert body["pending_webhooks"] == 1
        assert set(body["request"]) == {"id", "idempotency_key"}


def test_events_may_be_repeated_shuffled_and_late(heard: Flask, listener: Listener) -> None:
    control = heard.test_client()
    gateway = in_process(heard)
    shop = new_shop(heard, gateway, "ferme")
    until(lambda: len(listener.events) == 1)
    listener.events.clear()
    control.post("/_sandbox/delivery", json={"copies": 3, "shuffle": 0.1, "delay": 0.1})
    pay(heard, open_checkout(gateway, shop).id)
    assert listener.events == []
    until(lambda: len(listener.events) == 9)
    assert set(listener.types().values()) == {3}
    last = json.loads(listener.events[-1][0])["id"]
    control.post(f"/_sandbox/events/{last}/deliver", json={})
    until(lambda: len(listener.events) == 10)


def test_refunds_failures_and_expiries_are_announced(heard: Flask, listener: Listener) -> None:
    control, gateway = heard.test_client(), in_process(heard)
    shop = new_shop(heard, gateway, "ferme")
    paid, abandoned = open_checkout(gateway, shop, "a"), open_checkout(gateway, shop, "b")
    pay(heard, paid.id, "4000000000000002")
    pay(heard, paid.id, "4000000000007726")
    intent = gateway.fetch_checkout(shop, paid.id).payment_intent or ""
    refund = gateway.refund(shop, payment_intent=intent, amount_minor=100, reference="r", idempotency_key="r")
    control.post(f"/_sandbox/refunds/{refund.id}/settle", json={"status": "succeeded"})
    control.post("/_sandbox/clock", json={"advance": 1900})
    assert gateway.fetch_checkout(shop, abandoned.id).state == "expired"
    expected = {"payment_intent.payment_failed", "refund.created", "charge.refunded", "refund.updated",
                "checkout.session.expired"}  # fmt: skip
    until(lambda: expected <= set(listener.types()))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    app = create_sandbox(tmp_path / "served.sqlite3")
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["sandbox"].close()


def test_the_gateway_speaks_real_http(served: tuple[Flask, str]) -> None:
    app, base = served
    with requests.Session() as session:
        session.trust_env = False
        gateway = Gateway(TEST_KEY, api_base=base, retries=0, http_client=stripe.RequestsClient(session=session))
        shop = gateway.create_account(email="a@example.org", country="FR", name="Ferme", idempotency_key="a")
        complete_account(app, shop)
        hosted = open_checkout(gateway, shop)
        assert hosted.url.startswith(f"{base}/pay/")
        session.post(
            f"{base}/_sandbox/faults", json={"kind": "timeout", "path": "/v1/checkout", "method": "GET"}
        ).close()
        with pytest.raises(ProviderUnavailable):
            gateway.fetch_checkout(shop, hosted.id)
        form = {"number": "4242424242424242", "expiry": "12/34", "cvc": "123"}
        answer = session.post(hosted.url, data=form, allow_redirects=False)
        assert answer.headers["Location"].startswith("https://coop.test/orders/R1/paid")
        assert gateway.fetch_checkout(shop, hosted.id).state == "paid"


def test_only_this_machine_turns_the_controls(sandbox: Flask) -> None:
    browser = sandbox.test_client()
    assert browser.get("/_sandbox/").status_code == 200
    assert browser.get("/_sandbox/", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert browser.get("/_sandbox/", headers={"Host": "pay.example.org"}).status_code == 403
    assert browser.post("/_sandbox/clock", data={"advance": "9"}).status_code == 415
    for path, body in (("clock", {"advance": -1}), ("delivery", {"copies": 99}), ("faults", {"kind": "fire"})):
        assert browser.post(f"/_sandbox/{path}", json=body).status_code == 400
    assert browser.get("/_sandbox/").json["ahead"] == 0  # type: ignore[index] # the page is JSON


def test_it_does_not_run_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COOP_ENV", "production")
    with pytest.raises(RuntimeError):
        create_sandbox(tmp_path / "never.sqlite3")
    assert not (tmp_path / "never.sqlite3").exists()


def test_it_takes_no_live_key(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="test keys"):
        create_sandbox(tmp_path / "never.sqlite3", secret_key="sk_live_x")
