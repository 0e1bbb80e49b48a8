"""The first page of an empty instance."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopcircuits.auth.models import User
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.tax import TaxRate
from tests.support.account import is_logged_in, log_in

ANSWERS = {
    "name": "Les Circuits du Val",
    "country": "BE",
    "currency": "",
    "zone": "",
    "administrator": "Camille Desrues",
    "email": "Camille@Example.org",
    "password": "une poule sur un mur",
}


def fill_in(client: FlaskClient, **changes: str) -> tuple[int, str]:
    """Post the page; the status and what is shown."""
    page = client.get("/setup").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    fields = {**ANSWERS, **changes, "csrf_token": token[1] if token else ""}
    answer = client.post("/setup", data=fields)
    return answer.status_code, answer.get_data(as_text=True)


def test_every_page_of_an_empty_house_leads_to_it(empty_app: Flask) -> None:
    client = empty_app.test_client()
    for path in ("/", "/log-in", "/account"):
        assert client.get(path, follow_redirects=True).request.path == "/setup"
    assert client.get("/healthz").status_code == 200
    assert client.get("/setup").status_code == 200


def test_one_page_opens_the_house(empty_app: Flask) -> None:
    client = empty_app.test_client()
    assert fill_in(client)[0] == 302
    assert is_logged_in(client)
    with empty_app.extensions["database"].reading() as session:
        row = session.scalars(select(Cooperative)).one()
        assert (row.name, row.currency, row.zone, row.email) == (
            "Les Circuits du Val",
            "EUR",
            "Europe/Brussels",
            "camille@example.org",
        )
        user = session.scalars(select(User)).one()
        assert user.is_cooperative
        assert user.confirmed_at is not None
        assert set(session.scalars(select(TaxRate.country))) == {"BE"}
    assert client.get("/cooperative/work").status_code == 200
    assert "Les Circuits du Val" in client.get("/account").get_data(as_text=True)
    other = empty_app.test_client()
    assert log_in(other, email="camille@example.org", password=ANSWERS["password"]).status_code == 302


def test_a_choice_of_currency_and_zone_is_kept(empty_app: Flask) -> None:
    fill_in(empty_app.test_client(), country="FR", currency="XPF", zone="Pacific/Noumea")
    with empty_app.extensions["database"].reading() as session:
        row = session.scalars(select(Cooperative)).one()
        assert (row.country, row.currency, row.zone) == ("FR", "XPF", "Pacific/Noumea")


def test_once_open_the_page_is_gone(app: Flask, client: FlaskClient, empty_app: Flask) -> None:
    assert client.get("/setup").status_code == 404
    first, second = empty_app.test_client(), empty_app.test_client()
    second.get("/setup")
    fill_in(first)
    status, _page = fill_in(second, name="Eve", email="eve@example.org")
    assert status in (400, 404)
    with empty_app.extensions["database"].reading() as session:
        assert session.scalar(select(func.count(User.id))) == 1


def test_a_refusal_leaves_the_house_empty_and_the_answers_written(empty_app: Flask) -> None:
    client = empty_app.test_client()
    for changes, words in (
        ({"password": "court"}, "au moins 10"),
        ({"country": "XX"}, "pas un choix"),
        ({"zone": "Mars/Olympus"}, "pas un choix"),
        ({"currency": "ZZZ"}, "pas un choix"),
        ({"email": "camille"}, "adresse mail complète"),
        ({"name": ""}, "Remplissez ce champ"),
    ):
        status, page = fill_in(client, **changes)
        assert status == 422, changes
        assert "Camille Desrues" in page
        assert words in page.replace("Pas un", "pas un"), changes
    with empty_app.extensions["database"].reading() as session:
        assert session.scalar(select(func.count(User.id))) == 0
        assert session.scalar(select(func.count(Cooperative.id))) == 0
