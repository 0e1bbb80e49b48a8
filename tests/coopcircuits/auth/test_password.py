"""Forgetting, choosing and changing passwords."""

from datetime import timedelta

from argon2 import extract_parameters
from flask import Flask
from flask.testing import FlaskClient

from coopcircuits import clock
from coopcircuits.auth import passwords
from coopcircuits.db import Database
from tests.support.account import is_logged_in, log_in, person, post
from tests.support.people import PASSWORD
from tests.support.worker import deliver_all, link_in, mails_to

NEW = "trois poireaux et un navet"


def ask(app: Flask, client: FlaskClient, email: str = "marie@example.org") -> str:
    """Ask for a link and give its path."""
    assert post(client, "/password/forgot", email=email).location == "/password/sent"
    deliver_all(app)
    return link_in(mails_to(app.extensions["database"], email)[-1])


def test_a_forgotten_password_is_replaced(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    link = ask(app, client)
    assert client.get(link).status_code == 200
    assert post(client, link, password=NEW).location == "/log-in"
    assert log_in(client).status_code == 422
    assert log_in(client, password=NEW).status_code == 302
    deliver_all(app)
    assert mails_to(database, "marie@example.org")[-1].subject == "Votre mot de passe a été changé"


def test_the_link_works_once_and_less_than_an_hour(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    link = ask(app, client)
    with clock.travel(clock.now() + timedelta(minutes=59)):
        assert client.get(link).status_code == 410
        assert post(client, link, password=NEW).status_code == 410
    other = ask(app, client)
    assert post(client, link, password=NEW).status_code == 302
    assert post(client, link, password="something else again").status_code == 410
    assert post(client, other, password="something else again").status_code == 410
    assert log_in(client, password=NEW).status_code == 302


def test_a_password_refused_leaves_the_link_usable(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    link = ask(app, client)
    assert post(client, link, password="court").status_code == 422
    assert log_in(client).status_code == 302
    assert post(client, link, password=NEW).status_code == 302


def test_a_new_password_by_mail_logs_every_browser_out(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    intruder = app.test_client()
    log_in(intruder)
    assert post(client, ask(app, client), password=NEW).status_code == 302
    assert not is_logged_in(intruder)


def test_a_new_password_by_mail_proves_the_address(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database, confirmed=False)
    post(client, ask(app, client), password=NEW)
    assert log_in(client, password=NEW).location == "/"


def test_asking_says_nothing_of_who_has_an_account(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    answers = []
    for email in ("marie@example.org", "nobody@example.org"):
        answer = post(client, "/password/forgot", email=email)
        page = client.get("/password/sent").get_data(as_text=True).replace(email, "…")
        answers.append((answer.status_code, answer.location, page))
    assert answers[0] == answers[1]
    deliver_all(app)
    assert mails_to(database, "nobody@example.org") == []


def test_changing_it_keeps_this_browser_and_ends_the_others(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    person(database)
    other = app.test_client()
    log_in(client)
    log_in(other)
    answer = post(client, "/account/password", old_password=PASSWORD, password=NEW)
    assert answer.location == "/account"
    assert is_logged_in(client)
    assert not is_logged_in(other)
    assert log_in(other, password=NEW).status_code == 302


def test_a_change_refused_changes_nothing(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    other = app.test_client()
    log_in(client)
    log_in(other)
    wrong = [("not the old one", NEW, "Ce n’est pas votre mot de passe actuel"), (PASSWORD, "court", "au moins 10")]
    for old, new, words in wrong:
        answer = post(client, "/account/password", old_password=old, password=new)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    assert is_logged_in(other)
    assert log_in(app.test_client()).status_code == 302


def test_a_password_for_nobody_takes_as_long_to_compare() -> None:
    assert extract_parameters(passwords._NOBODY) == extract_parameters(passwords.hash_password("les paniers du val"))
    assert not passwords.matches(None, "les paniers du val")
