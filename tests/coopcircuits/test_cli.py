"""Commands of the ground floor."""

from flask import Flask
from sqlalchemy import select

from coopcircuits.auth.models import User
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from tests.support.account import log_in, person
from tests.support.people import PASSWORD


def administrator(database: Database) -> User:
    with database.reading() as session:
        return session.scalars(select(User)).one()


def test_an_administrator_is_made_from_a_script(app: Flask, database: Database) -> None:
    command = ["auth", "create-admin", "Camille@Example.org", "--name", "Camille Desrues", "--password-stdin"]
    done = app.test_cli_runner().invoke(args=command, input=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "camille@example.org" in done.output
    assert PASSWORD not in done.output
    assert administrator(database).is_cooperative
    client = app.test_client()
    log_in(client, email="camille@example.org")
    assert client.get("/cooperative/work").status_code == 200


def test_an_administrator_is_made_by_answering_questions(app: Flask, database: Database) -> None:
    typed = f"Camille Desrues\n{PASSWORD}\n{PASSWORD}\n"
    done = app.test_cli_runner().invoke(args=["auth", "create-admin", "camille@example.org"], input=typed)
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert administrator(database).name == "Camille Desrues"


def test_an_account_is_promoted_and_keeps_its_password(app: Flask, database: Database) -> None:
    person(database, confirmed=False)
    done = app.test_cli_runner().invoke(args=["auth", "create-admin", "marie@example.org"])
    assert "password kept" in done.output
    assert administrator(database).is_cooperative
    assert log_in(app.test_client()).status_code == 302


def test_refusals_are_said_in_one_line(app: Flask, database: Database) -> None:
    runner = app.test_cli_runner()
    for command, typed, words in (
        (["auth", "create-admin", "camille", "--name", "C"], "", "email address"),
        (["auth", "create-admin", "c@example.org", "--name", "C", "--password-stdin"], "short\n", "at least 10"),
        (["cooperative", "set-up", "--name", "Autre", "--email", "a@example.org"], "", "already been set up"),
    ):
        done = runner.invoke(args=command, input=typed)
        assert done.exit_code != 0
        assert words in done.output
        assert "Traceback" not in done.output
    with database.reading() as session:
        assert session.scalars(select(User)).all() == []


def test_an_empty_house_is_set_up_from_a_script(empty_app: Flask) -> None:
    command = ["cooperative", "set-up", "--name", "Circuits d’Orb", "--email", "a@example.org", "--country", "CH"]
    wrong = empty_app.test_cli_runner().invoke(args=[*command, "--zone", "Europe/Nowhere"])
    assert wrong.exit_code == 1
    done = empty_app.test_cli_runner().invoke(args=command)
    assert done.output == "Circuits d’Orb is set up: CH, CHF, Europe/Zurich.\n"
    with empty_app.extensions["database"].reading() as session:
        assert session.scalars(select(Cooperative)).one().country == "CH"
    assert empty_app.test_client().get("/log-in").status_code == 200
