"""Availability for people: a chart with its table, public and for the cooperative."""

from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from billing.demo.availability import watch_month
from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.period import Month
from tests.support.people import make_user, sign_in
from tests.support.sisters import receive

NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)


def get(browser: FlaskClient, path: str) -> str:
    with clock.travel(NOVEMBER_9):
        answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def test_the_cooperative_sees_each_day_and_each_outage(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        watch_month(session, Month(2026, 10), "Europe/Paris", months_ago=2)
        user = make_user(session, "coop@example.org", is_cooperative=True)
    browser = app.test_client()
    with clock.travel(NOVEMBER_9):
        sign_in(browser, database, user)
    page = get(browser, "/cooperative/commons/2026-10")
    assert "44 700" in page  # 745 hours of probes
    assert "100 % du mois" in page
    assert "99,94 %" in page  # 24 minutes down of 44,700: 99.946 %, rounded down
    assert "24 min" in page
    assert "Plus d’une réponse sur vingt" in page
    assert "Personne ne l’a mesurée" in get(browser, "/cooperative/commons/2026-09")


def test_everybody_sees_how_long_each_instance_was_down(database: Database, client: FlaskClient) -> None:
    with database.transaction() as session:
        told = {"probes": 44_639, "down_seconds": 1_020, "incidents": 1, "incident_minutes": 17}
        receive(session, availability=told | {"method": "outside-60s-2-failures-p95-10s/1"})
    page = get(client, "/commons/2026-10")
    assert "Disponibilité" in page
    assert "17 min" in page
    assert "ce que permettent 99,96 %" in page
    assert "99,96 %" in page  # 17 minutes of 745 hours
