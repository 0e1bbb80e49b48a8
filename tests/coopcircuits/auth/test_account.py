"""A person's own page."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coopcircuits import clock, jobs
from coopcircuits.auth.models import User, UserSession
from coopcircuits.db import Database
from tests.support.account import is_logged_in, log_in, person, post
from tests.support.worker import deliver_all

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"


def test_name_and_language_are_kept(client: FlaskClient, database: Database) -> None:
    user = person(database)
    log_in(client)
    assert post(client, "/account", name="Marie P.", language="en").location == "/account"
    assert "Your account is up to date." in client.get("/account").get_data(as_text=True)
    with database.reading() as session:
        assert session.get_one(User, user.id).language == "en"


def test_what_cannot_be_accepted_is_said(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    assert post(client, "/account", name="", language="fr").status_code == 422
    assert post(client, "/account", name="Marie", language="klingon").status_code == 422


def test_browsers_are_named_and_can_be_logged_out(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = FIREFOX
    log_in(phone)
    page = client.get("/account").get_data(as_text=True)
    assert "Firefox sur Android" in page
    assert page.count("celui-ci") == 1
    with database.reading() as session:
        of_phone = session.scalar(select(UserSession.id).where(UserSession.user_agent == FIREFOX))
    assert post(client, f"/account/browsers/{of_phone}/end").location == "/account"
    assert not is_logged_in(phone)
    assert is_logged_in(client)


def test_all_the_others_are_logged_out_at_once(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    others = [app.test_client() for _number in range(3)]
    for browser in (client, *others):
        log_in(browser)
    post(client, "/account/browsers/end-others")
    assert [is_logged_in(browser) for browser in (client, *others)] == [True, False, False, False]


def test_somebody_elses_browser_is_not_found(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    person(database, "eve@example.org")
    log_in(client)
    eve = app.test_client()
    log_in(eve, email="eve@example.org")
    with database.reading() as session:
        of_marie = session.scalar(select(UserSession.id).join(User).where(User.email == "marie@example.org"))
    assert post(eve, f"/account/browsers/{of_marie}/end").status_code == 404
    assert is_logged_in(client)


def test_what_nobody_can_use_any_more_is_forgotten(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    post(client, "/log-out")
    post(client, "/password/forgot", email="marie@example.org")
    deliver_all(app)
    log_in(client)
    with app.app_context():
        assert jobs.run_once("auth.forget") == ""
    with app.app_context(), clock.travel(clock.now() + timedelta(days=89)):
        log_in(client)
    with app.app_context(), clock.travel(clock.now() + timedelta(days=92)):
        assert jobs.run_once("auth.forget") == "3 anciennes traces effacées"
        assert is_logged_in(client)


def test_the_page_is_for_those_who_are_logged_in(client: FlaskClient) -> None:
    assert client.get("/account").location == "/log-in?next=/account"
    assert post(client, "/account", name="Eve", language="fr").location == "/log-in"
