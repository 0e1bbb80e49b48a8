"""Logging in and out, and what a browser's session stands."""

from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth import hooks, queries, services
from coopcircuits.auth.models import User, UserSession
from coopcircuits.db import Database
from tests.support.account import is_logged_in, log_in, person, post
from tests.support.people import PASSWORD, form_token


def test_the_right_password_opens_the_account(client: FlaskClient, database: Database) -> None:
    person(database)
    answer = log_in(client, email=" Marie@Example.org ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Marie Peyrard" in client.get("/account").get_data(as_text=True)


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(client: FlaskClient, database: Database) -> None:
    person(database)
    for email in ("marie@example.org", "nobody@example.org"):
        answer = log_in(client, email=email, password="not this one")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "ne vont pas ensemble" in page
        assert f'value="{email}"' in page
        assert not is_logged_in(client)


def test_an_unknown_address_takes_as_long_as_a_known_one(session: Session) -> None:
    services.sign_up(session, email="marie@example.org", name="Marie", password=PASSWORD, language="fr")
    session.flush()
    taken: dict[str, list[float]] = {"marie@example.org": [], "nobody@example.org": []}
    for _round in range(7):
        for email, times in taken.items():
            start = perf_counter()
            with pytest.raises(services.WrongCredentials):
                services.recognise(session, email=email, password="not this one")
            times.append(perf_counter() - start)
    known, unknown = (median(times) for times in taken.values())
    assert 0.5 < known / unknown < 2


def test_the_page_asked_for_opens_after_the_log_in(client: FlaskClient, database: Database) -> None:
    person(database)
    asked = client.get("/account?page=2")
    assert asked.location == "/log-in?next=/account?page%3D2"
    assert 'value="/account?page=2"' in client.get(asked.location).get_data(as_text=True)
    assert log_in(client, next="/account?page=2").location == "/account?page=2"


def test_nobody_is_led_to_another_site(client: FlaskClient, database: Database) -> None:
    person(database)
    assert log_in(client, next="//evil.example").location == "/"


def test_an_address_that_is_not_confirmed_gets_its_link_again(app: Flask, client: FlaskClient) -> None:
    database: Database = app.extensions["database"]
    person(database, confirmed=False)
    answer = log_in(client)
    assert answer.location == "/confirm"
    assert not is_logged_in(client)


def test_a_disabled_account_stays_closed(client: FlaskClient, database: Database) -> None:
    user = person(database)
    log_in(client)
    assert is_logged_in(client)
    with database.transaction() as session:
        session.get_one(User, user.id).disabled_at = clock.now()
    assert not is_logged_in(client)
    assert log_in(client).status_code == 422


def test_cookies_from_before_are_worth_nothing_after(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    visitor_before, token_before = client.get_cookie("visitor"), form_token(client)
    visitor_before = client.get_cookie("visitor")
    log_in(client)
    visitor_after = client.get_cookie("visitor")
    assert visitor_before is not None
    assert visitor_after is not None
    assert visitor_before.value != visitor_after.value
    assert client.post("/account", data={"csrf_token": token_before, "name": "Eve"}).status_code == 400


def test_a_session_copied_before_logging_out_is_dead_after(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    stolen = client.get_cookie("session")
    assert stolen is not None
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert is_logged_in(thief)
    assert post(client, "/log-out").status_code == 302
    assert not is_logged_in(client)
    assert not is_logged_in(thief)


def test_a_session_planted_by_somebody_else_is_replaced(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    person(database, "eve@example.org")
    eve = app.test_client()
    log_in(eve, email="eve@example.org")
    planted = eve.get_cookie("session")
    assert planted is not None
    with client.session_transaction() as cookie:
        cookie["left"] = "by Eve"
    log_in(client)
    with client.session_transaction() as cookie:
        assert "left" not in cookie
        assert cookie["_user_id"] not in planted.value


def test_a_browser_unused_for_two_months_logs_in_again(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    with clock.travel(clock.now() + queries.SESSION_LIFETIME - timedelta(days=1)):
        assert is_logged_in(client)
    with clock.travel(clock.now() + queries.SESSION_LIFETIME + timedelta(days=1)):
        assert not is_logged_in(client)


def test_last_seen_follows_what_people_do_but_is_not_written_all_the_time(
    client: FlaskClient, database: Database
) -> None:
    person(database)
    log_in(client)

    def last_seen() -> object:
        with database.reading() as session:
            return session.scalar(select(UserSession.last_seen_at))

    at_first = last_seen()
    post(client, "/account", name="Marie P.", language="fr")
    assert last_seen() == at_first
    with clock.travel(clock.now() + timedelta(hours=1)):
        client.get("/account")
        assert last_seen() == at_first
        post(client, "/account", name="Marie Peyrard", language="fr")
        assert last_seen() == clock.now()


def test_guessing_is_stopped_from_one_address(client: FlaskClient, database: Database) -> None:
    person(database)
    answers = [log_in(client, email=f"guess{n}@example.org").status_code for n in range(61)]
    assert answers == [422] * 60 + [429]
    assert log_in(client).headers["Retry-After"] == "60"


def test_guessing_is_stopped_from_many_addresses(app: Flask, database: Database) -> None:
    person(database)
    client = app.test_client()
    token = form_token(client)

    def attempt(number: int, password: str) -> int:
        fields = {"csrf_token": token, "email": "marie@example.org", "password": password}
        origin = {"REMOTE_ADDR": f"203.0.113.{number}"}
        return client.post("/log-in", data=fields, environ_base=origin).status_code

    answers = [attempt(number, "not this one") for number in range(20)]
    assert set(answers) == {422}
    assert attempt(21, "not this one") == 429
    assert attempt(22, PASSWORD) == 429


def test_what_a_guest_prepared_is_handed_over(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person(database)
    handed: list[tuple[str, int]] = []
    monkeypatch.setattr(hooks, "_hooks", [lambda _session, visitor, user_id: handed.append((visitor, user_id))])
    form_token(client)
    before = client.get_cookie("visitor")
    assert before is not None
    log_in(client)
    assert handed == [(before.value, user.id)]


def test_nobody_is_logged_in_when_handing_over_fails(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(database)

    def fail(*_given: object) -> None:
        raise RuntimeError("the basket fell")

    monkeypatch.setattr(hooks, "_hooks", [fail])
    assert log_in(client).status_code == 500
    assert not is_logged_in(client)


def test_a_password_changed_while_it_was_being_checked_opens_nothing(session: Session) -> None:
    user = services.sign_up(
        session, email="marie@example.org", name="Marie", password=PASSWORD, language="fr", confirmed=True
    )
    session.flush()
    recognised = services.recognise(session, email=user.email, password=PASSWORD)
    session.expunge(recognised)
    session.execute(update(User).values(password_hash="something new"))
    with pytest.raises(services.WrongCredentials):
        services.log_in(session, recognised=recognised, user_agent="test")


def test_a_person_who_is_logged_in_is_told_so(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    assert "Marie Peyrard" in client.get("/log-in").get_data(as_text=True)
    assert client.get("/log-in?next=/account").location == "/account"


def test_cookies_travel_safely_over_https(https_app: Flask) -> None:
    client = https_app.test_client()
    person(https_app.extensions["database"])
    form_token(client)
    behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "coop.example.org", "X-Forwarded-For": "203.0.113.9"}
    page = client.get("/log-in", headers=behind)
    assert page.headers["Strict-Transport-Security"]
    answer = client.post(
        "/log-in",
        data={"csrf_token": form_token(client), "email": "marie@example.org", "password": PASSWORD},
        headers={**behind, "Origin": "https://coop.example.org"},
        base_url="https://coop.example.org",
    )
    assert answer.status_code in (302, 400)
    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    cookies += client.get("/language/en", headers=behind).headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
