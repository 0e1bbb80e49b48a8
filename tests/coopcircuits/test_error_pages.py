"""What is answered when something goes wrong."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from coopcircuits import site
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.db import Database
from coopcircuits.views import home

PROBLEM = {"Accept": "application/problem+json"}


def test_people_read_kind_words(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "Il n’y a rien à cette adresse" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_machines_read_problem_details(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers=PROBLEM)
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"] == "urn:coopcircuits:problem:unknown-address"
    assert answer.json["status"] == answer.status_code == 404
    refused = client.post("/log-in", data={}, headers=PROBLEM)
    assert refused.json is not None
    assert refused.json["type"].endswith(":stale-form")


def test_sisters_always_read_problem_details(client: FlaskClient) -> None:
    answer = client.delete("/federation/v1/reports")
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"].startswith("urn:coop-report:1:")


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.put("/log-in")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def _away(*_given: object, **_named: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def test_a_database_that_is_away_is_said_calmly(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions.pop("site", None)
    monkeypatch.setattr(cooperative, "cooperative", _away)
    monkeypatch.setattr(site.queries, "cooperative", _away)
    answer = app.test_client().get("/log-in")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "De retour dans un instant" in page
    assert "server closed" not in page
    assert app.test_client().get("/healthz").status_code == 200


def test_a_bug_shows_nothing_of_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise KeyError("the secret ingredient")

    app.view_functions["coopcircuits.home"] = broken
    answer = app.test_client().get("/")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "secret ingredient" not in page
    assert "Traceback" not in page
    assert home is not broken


def test_even_a_broken_error_page_answers(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        monkeypatch.setattr(site, "site", _away)
        raise KeyError("something")

    app.view_functions["coopcircuits.home"] = broken
    app.extensions.setdefault("menus", {})["account"] = [_away]
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "De retour dans un instant" in answer.get_data(as_text=True)
