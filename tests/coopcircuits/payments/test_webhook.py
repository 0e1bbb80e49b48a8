"""Only the provider's own, fresh messages are believed."""

import json
from datetime import timedelta
from typing import Any

import pytest
import stripe
from flask import Flask

from coopcircuits import clock
from coopcircuits.payments.errors import WebhookRejected
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox import TEST_WEBHOOK_SECRET
from coopcircuits.payments.sandbox.transport import pay, signed_events
from coopcircuits.payments.sandbox.webhooks import sign
from coopcircuits.payments.webhook import read_webhook

from .conftest import open_checkout

Signed = tuple[bytes, str]


@pytest.fixture
def signed(sandbox: Flask, gateway: Gateway, shop: str) -> Signed:
    """The event of a checkout that has just been paid."""
    pay(sandbox, open_checkout(gateway, shop).id)
    return signed_events(sandbox, shop)[-1]


def test_a_genuine_event_is_read(gateway: Gateway, shop: str, signed: Signed) -> None:
    event = gateway.read_webhook(*signed)
    assert (event.type, event.account, event.livemode) == ("checkout.session.completed", shop, False)
    assert gateway.fetch_checkout(shop, event.object_id).state == "paid"


def test_each_of_several_secrets_is_believed(gateway: Gateway, signed: Signed) -> None:
    for secrets in (f"whsec_other {TEST_WEBHOOK_SECRET}", f"{TEST_WEBHOOK_SECRET} whsec_other"):
        assert gateway.read_webhook(*signed, secret=secrets).type == "checkout.session.completed"
    with pytest.raises(WebhookRejected):
        gateway.read_webhook(*signed, secret="whsec_other whsec_another")


def test_without_a_secret_nobody_is_believed(gateway: Gateway, signed: Signed) -> None:
    payload, _signature = signed
    with pytest.raises(WebhookRejected):
        gateway.read_webhook(payload, sign(payload, "", int(clock.now().timestamp())), secret=" ")


def test_the_official_sdk_accepts_our_signature(signed: Signed) -> None:
    event: Any = stripe.Webhook.construct_event(*signed, TEST_WEBHOOK_SECRET)
    assert event.api_version == "2026-10-28.endive"
    assert event.data.object.payment_status == "paid"


def resigned(payload: bytes, **changes: Any) -> Signed:
    changed = json.dumps({**json.loads(payload), **changes}).encode()
    return changed, sign(changed, TEST_WEBHOOK_SECRET, int(clock.now().timestamp()))


def test_forgeries_are_rejected(gateway: Gateway, signed: Signed) -> None:
    payload, signature = signed
    now = int(clock.now().timestamp())
    forgeries = {
        "changed body": (payload.replace(b"2340", b"2341"), signature),
        "other secret": (payload, sign(payload, "whsec_other", now)),
        "no signature": (payload, ""),
        "no scheme": (payload, signature.replace("v1=", "v0=")),
        "other time": (payload, signature.replace(f"t={now}", f"t={now + 1}")),
        "time is no number": (payload, signature.replace(f"t={now}", "t=now")),
        "signature is not ASCII": (payload, f"t={now},v1=é"),
        "body is no text": (b"\xff\xfe", sign(b"\xff\xfe", TEST_WEBHOOK_SECRET, now)),
        "body is no JSON": (b"paid!", sign(b"paid!", TEST_WEBHOOK_SECRET, now)),
        "body is a list": (b"[]", sign(b"[]", TEST_WEBHOOK_SECRET, now)),
        "no object": resigned(payload, data={}),
        "no date": resigned(payload, created="soon"),
        "date beyond time": resigned(payload, created=10**20),
        "live event in test mode": resigned(payload, livemode=True),
    }
    accepted = []
    for name, (body, header) in forgeries.items():
        try:
            gateway.read_webhook(body, header)
        except WebhookRejected:
            continue
        accepted.append(name)
    assert accepted == []


@pytest.mark.parametrize(("seconds", "believed"), [(300, True), (301, False), (-300, True), (-302, False)])
def test_an_event_is_believed_for_five_minutes(signed: Signed, seconds: int, believed: bool) -> None:
    payload, _ = signed
    now = clock.now().replace(microsecond=0)
    header = sign(payload, TEST_WEBHOOK_SECRET, int(now.timestamp()))
    with clock.travel(now + timedelta(seconds=seconds)):
        if believed:
            assert read_webhook(payload, header, TEST_WEBHOOK_SECRET).type
        else:
            with pytest.raises(WebhookRejected):
                read_webhook(payload, header, TEST_WEBHOOK_SECRET)


def test_without_a_secret_nothing_is_believed(signed: Signed) -> None:
    payload, _ = signed
    with pytest.raises(WebhookRejected):
        read_webhook(payload, sign(payload, "", int(clock.now().timestamp())), "")
