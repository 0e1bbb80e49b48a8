"""The rates of a month: what is missing is said, and can be entered."""

import io
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


@pytest.mark.parametrize(
    ("content", "status", "stored"),
    [(b"Date,COP,\n2026-10-30,4461.37,\n", 302, 1), (b"Date,COP,\n2026-10-30,dear,\n", 422, 0), (b"", 422, 0)],
    ids=["history", "wrong line", "empty"],
)
def test_the_banks_file_is_sent(
    browser: FlaskClient, database: Database, content: bytes, status: int, stored: int
) -> None:
    with clock.travel(NOVEMBER_12):
        data = {"csrf_token": form_token(browser), "file": (io.BytesIO(content), "eurofxref-hist.csv")}
        answer = browser.post(f"{PAGE}/file", data=data)
    assert answer.status_code == status
    with database.reading() as session:
        assert len(rates_for(session, "2026-10")) == stored


def test_sending_no_file_is_said_beside_the_field(browser: FlaskClient) -> None:
    with clock.travel(NOVEMBER_12):
        answer = browser.post(f"{PAGE}/file", data={"csrf_token": form_token(browser)})
    assert answer.status_code == 422
    assert "Choisissez d’abord un fichier." in answer.get_data(as_text=True)


def test_after_a_wrong_file_a_rate_can_still_be_typed(browser: FlaskClient) -> None:
    with clock.travel(NOVEMBER_12):
        page = browser.post(f"{PAGE}/file", data={"csrf_token": form_token(browser)}).get_data(as_text=True)
    assert f'<form method="post" action="{PAGE}">' in page
