"""The pages a buyer and a shop's owner see, without JavaScript."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from coopcircuits import clock
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.sandbox.transport import pay

from ..conftest import open_checkout

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


def path_of(url: str | None) -> str:
    return (url or "").removeprefix("http://pay.test")


def submit(sandbox: Flask, path: str, **typed: str) -> TestResponse:
    return sandbox.test_client().post(path, data={**GOOD, **typed})


@pytest.fixture
def path(gateway: Gateway, shop: str) -> str:
    return path_of(open_checkout(gateway, shop).url)


def test_the_page_says_who_how_much_and_that_no_money_is_real(sandbox: Flask, path: str) -> None:
    page = sandbox.test_client().get(path)
    for words in ("La ferme", "Commande R1", "23,40\u202f€", "Bac à sable\u202f: aucun argent réel"):
        assert words in page.text
    assert 'href="https://coop.test/orders/R1/pay"' in page.text


def test_the_page_speaks_the_sessions_language(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    page = sandbox.test_client().get(path_of(open_checkout(gateway, shop, locale="en").url))
    assert '<html lang="en">' in page.text
    assert "€23.40" in page.text


def test_the_policy_allows_the_way_back_and_no_script(sandbox: Flask, path: str) -> None:
    page = sandbox.test_client().get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://coop.test" in policy
    assert not re.search(r"<script|\sstyle=|\son\w+=", page.text)


def test_paying_leads_back_to_the_shop(sandbox: Flask, path: str) -> None:
    answer = submit(sandbox, path)
    assert answer.status_code == 303
    assert re.fullmatch(r"https://coop\.test/orders/R1/paid\?session=cs_test_\w{58}", answer.location or "")
    assert "C’est déjà payé" in sandbox.test_client().get(path).text
    assert "C’est déjà payé" in submit(sandbox, path).text, "a second click pays nothing"


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"number": "4000000000000002"}, "number", "refusé cette carte"),
        ({"number": "4000000000009995"}, "number", "provision"),
        ({"number": "4000000000000069"}, "expiry", "a expiré"),
        ({"number": "4000000000000127"}, "cvc", "code est faux"),
        ({"number": "4970 1012 3456 7890"}, "number", "cartes d’essai"),
        ({"number": ""}, "number", "Merci de remplir"),
        ({"expiry": "13/34"}, "expiry", "12/34"),
        ({"expiry": "01/20"}, "expiry", "passée"),
        ({"cvc": "12"}, "cvc", "Trois ou quatre"),
        ({"cvc": '"><script>'}, "cvc", "Trois ou quatre"),
    ],
)
def test_a_refusal_is_said_beside_its_field_and_nothing_typed_is_lost(
    sandbox: Flask, path: str, typed: dict[str, str], field: str, words: str
) -> None:
    page = submit(sandbox, path, **typed)
    assert page.status_code == 422
    error = re.search(rf'id="{field}-error">([^<]*)<', page.text)
    assert error is not None
    assert words in error[1]
    for name, value in {**GOOD, **typed}.items():
        shown = re.search(rf'name="{name}" value="([^"]*)"', page.text)
        assert shown is not None
        assert shown[1] == value.replace('"', "&#34;").replace(">", "&gt;").replace("<", "&lt;")
    assert submit(sandbox, path).status_code == 303, "the session stays open"


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"])
def test_the_bank_asks_and_the_buyer_answers(sandbox: Flask, path: str, number: str) -> None:
    browser = sandbox.test_client()
    question = path_of(submit(sandbox, path, number=number).location)
    assert "est-ce bien vous" in browser.get(question).text
    assert "https://coop.test" in browser.get(question).headers["Content-Security-Policy"]

    refused = browser.post(question, data={"answer": "refuse"}).location
    assert path_of(refused) == path
    assert "Votre banque n’a pas pu confirmer" in browser.get(path).text

    question = path_of(submit(sandbox, path, number=number).location)
    accepted = browser.post(question, data={"answer": "accept"}).location or ""
    assert accepted.startswith("https://coop.test/orders/R1/paid")
    again = browser.post(question, data={"answer": "refuse"}).location
    assert again == accepted, "an answer cannot be taken back"


def test_an_expired_page_takes_no_payment(sandbox: Flask, gateway: Gateway, path: str) -> None:
    with clock.travel(datetime.now(UTC) + timedelta(minutes=32)):
        assert sandbox.test_client().get(path).status_code == 410
        assert submit(sandbox, path).status_code == 410


def test_the_bank_cannot_confirm_after_expiry(sandbox: Flask, gateway: Gateway, shop: str, path: str) -> None:
    question = path_of(submit(sandbox, path, number="4000002760003184").location)
    with clock.travel(datetime.now(UTC) + timedelta(minutes=32)):
        back = sandbox.test_client().post(question, data={"answer": "accept"}).location
        assert path_of(back) == path
        assert gateway.fetch_checkout(shop, path.removeprefix("/pay/")).state == "expired"


def test_unknown_addresses_say_so(sandbox: Flask) -> None:
    for path in ("/pay/cs_test_x", "/authenticate/pi_x", "/connect/link_x"):
        assert sandbox.test_client().get(path).status_code == 404
        assert sandbox.test_client().post(path).status_code == 404


def test_an_owner_may_complete_the_account_later(sandbox: Flask, gateway: Gateway) -> None:
    account = gateway.create_account(email="a@example.org", country="FR", name="Le Rucher", idempotency_key="x")
    link = path_of(gateway.onboarding_link(account, "https://coop.test/again", "https://coop.test/back"))
    assert sandbox.test_client().post(link, data={"answer": "later"}).location == "https://coop.test/back"
    assert not gateway.fetch_account(account).charges_enabled


def test_an_onboarding_link_grows_stale(sandbox: Flask, gateway: Gateway, shop: str) -> None:
    link = path_of(gateway.onboarding_link(shop, "https://coop.test/again", "https://coop.test/back"))
    with clock.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert sandbox.test_client().get(link).location == "https://coop.test/again"


def test_a_page_opened_before_payment_cannot_pay_twice(sandbox: Flask, gateway: Gateway, shop: str, path: str) -> None:
    assert pay(sandbox, path.removeprefix("/pay/")) == "succeeded"
    submit(sandbox, path)
    sandbox.test_client().post(f"/authenticate/{path}", data={"answer": "accept"})
    intent = gateway.fetch_checkout(shop, path.removeprefix("/pay/")).payment_intent
    store = sandbox.extensions["sandbox"].store
    assert len(store.select(shop, "charge", parent=intent)) == 1
