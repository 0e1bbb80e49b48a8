"""The rates of a month: what is missing is said, and can be entered."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.exchange_rate.queries import rates_for
from billing.peer.models import Peer
from coopcircuits import clock
from coopcircuits.db import Database
from tests.support.people import form_token, make_user, sign_in
from tests.support.sisters import receive

NOVEMBER_12 = datetime(2026, 11, 12, 9, tzinfo=UTC)
PAGE = "/cooperative/commons/2026-10/rates"


@pytest.fixture
def browser(app: Flask, database: Database) -> FlaskClient:
    """Somebody of the cooperative, who has a sister in Colombia."""
    with database.transaction() as session:
        user = make_user(session, "coop@example.org", is_cooperative=True)
        report = receive(session)
        session.get_one(Peer, report.peer_id).currency = "COP"
    client = app.test_client()
    with clock.travel(NOVEMBER_12):
        sign_in(client, database, user)
    return client


def post(browser: FlaskClient, **data: str) -> int:
    form = {"csrf_token": "", "currency": "COP", "rate": "4461,37", "source": "inforeuro", **data}
    with clock.travel(NOVEMBER_12):
        form["csrf_token"] = form_token(browser)
        return browser.post(PAGE, data=form).status_code


def test_a_missing_rate_is_said_and_entered(browser: FlaskClient, database: Database) -> None:
    with clock.travel(NOVEMBER_12):
        before = browser.get(PAGE).get_data(as_text=True)
    assert "COP" in before
    assert "Manque" in before
    assert post(browser) == 302
    with database.reading() as session:
        assert rates_for(session, "2026-10")["COP"].rate == "4461.370000"
    with clock.travel(NOVEMBER_12):
        after = browser.get(PAGE).get_data(as_text=True)
    assert "InforEuro" in after
    assert "Manque" not in after


@pytest.mark.parametrize("wrong", [{"rate": "beaucoup"}, {"rate": "0"}, {"rate": "-1"}, {"currency": "USD"}])
def test_what_cannot_be_a_rate_is_refused(browser: FlaskClient, database: Database, wrong: dict[str, str]) -> None:
    assert post(browser, **wrong) == 422
    with database.reading() as session:
        assert rates_for(session, "2026-10") == {}
