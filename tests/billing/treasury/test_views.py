"""Noting what the accounts held, in the browser."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.commons.instance import instance_name, open_keys
from billing.commons.services import publish_report
from billing.cost.models import CostCategory
from billing.cost.services import register_cost
from billing.treasury.services import correct_balance, note_balance
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.billing import OCTOBER
from tests.support.costs import spec
from tests.support.people import form_token, make_user, sign_in

NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)
PATH = "/cooperative/costs/cash"


@pytest.fixture
def browser(client: FlaskClient, database: Database) -> FlaskClient:
    """Somebody of the cooperative, whose register of costs has an October."""
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 40_000))
    with clock.travel(NOVEMBER_9):
        sign_in(client, database, user)
    return client


def post(browser: FlaskClient, path: str = PATH, **typed: str) -> tuple[int, str]:
    with clock.travel(NOVEMBER_9):
        answer = browser.post(path, data={"csrf_token": form_token(browser), **typed}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def get(browser: FlaskClient, path: str = PATH) -> str:
    with clock.travel(NOVEMBER_9):
        answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_the_last_month_is_noted_and_shown(browser: FlaskClient) -> None:
    assert '<option selected value="2026-08">' in get(browser, f"{PATH}?period=2026-08")
    status, page = post(browser, period="2026-10", amount="3 412,50", remark="Deux comptes et la caisse")
    assert status == 200
    assert "3 412,50 €" in page
    assert "3 400 € ÷ 400,00 € par mois" in page
    assert "8,5 mois" in page
    assert "Deux comptes et la caisse" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"period": "2026-10", "amount": ""}, "Remplissez ce champ"),
        ({"period": "2026-10", "amount": "douze"}, "Écrivez un montant"),
        ({"period": "2026-10", "amount": "9999999999"}, "trop grand"),
        ({"period": "2026-10", "amount": "-9999999999"}, "trop grand"),
        ({"period": "2026-11", "amount": "12"}, "pas terminé"),
        ({"period": "2030-01", "amount": "12"}, "pas terminé"),
        ({"period": "2019-01", "amount": "12"}, "trop ancien"),
        ({"period": "automne", "amount": "12"}, "AAAA-MM"),
        ({"amount": "12"}, "Remplissez ce champ"),
    ],
)
def test_what_cannot_be_noted_is_said_and_kept(browser: FlaskClient, typed: dict[str, str], said: str) -> None:
    status, page = post(browser, **typed, remark="Livret A")
    assert status == 422
    assert said in page
    assert 'value="Livret A"' in page
    assert f'value="{typed["amount"]}"' in page
    if typed.get("period", "") > "2026-10" and typed["period"] != "automne":
        assert f'<option selected value="{typed["period"]}">' in page


def test_a_correction_says_why_once_the_month_is_told(app: Flask, browser: FlaskClient, database: Database) -> None:
    with app.app_context(), clock.travel(NOVEMBER_9), database.transaction() as session:
        note_balance(session, actor=SYSTEM, month=OCTOBER, amount=-12_300)
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance=instance_name(), keys=open_keys())
    path = f"{PATH}/2026-10"
    assert 'value="-123,00"' in get(browser, path)
    status, page = post(browser, path, version="0", amount="123", remark="")
    assert status == 422
    assert "dites pourquoi" in page
    status, page = post(browser, path, version="0", amount="\u2212124", remark="", reason="Un chèque oublié")
    assert status == 200
    assert "Un chèque oublié" in page
    assert "-123,00 € est devenu -124,00 €" in page
    status, page = post(browser, path, version="0", amount="5", remark="")
    assert status == 422
    assert "entre-temps" in page
    assert browser.get(f"{PATH}/2026-09").status_code == 404


def test_what_somebody_else_corrected_meanwhile_can_be_corrected_again(
    browser: FlaskClient, database: Database
) -> None:
    path = f"{PATH}/2026-10"
    with clock.travel(NOVEMBER_9), database.transaction() as session:
        note_balance(session, actor=SYSTEM, month=OCTOBER, amount=100)
        correct_balance(session, actor=SYSTEM, period="2026-10", seen_version=0, amount=200)
    status, page = post(browser, path, version="0", amount="5", remark="x")
    assert status == 422
    assert "entre-temps" in page
    [version] = re.findall(r'name="version"[^>]*value="(\d+)"', page)
    assert 'value="5"' in page, "what was typed is kept"
    status, page = post(browser, path, version=version, amount="5", remark="x")
    assert status == 200
    assert "2,00 € est devenu 5,00 €" in page
