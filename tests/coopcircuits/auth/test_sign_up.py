"""Making an account and proving its address."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopcircuits import clock
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from tests.support.account import is_logged_in, log_in, person, post
from tests.support.people import PASSWORD
from tests.support.worker import deliver_all, link_in, mails_to

MARIE = {"name": "Marie Peyrard", "email": "Marie@Example.org", "password": PASSWORD}


def test_from_the_form_to_the_open_account(app: Flask, client: FlaskClient, database: Database) -> None:
    assert post(client, "/sign-up", **MARIE).location == "/confirm"
    assert "marie@example.org" in client.get("/confirm").get_data(as_text=True)
    assert not is_logged_in(client)
    deliver_all(app)
    (mail,) = mails_to(database, "marie@example.org")
    assert mail.subject == "Confirmez votre adresse"
    assert "Bonjour Marie Peyrard," in mail.text
    assert mail.sender_name == "Les Circuits du Val"
    link = link_in(mail)
    assert client.get(link).status_code == 200
    assert post(client, link).location == "/log-in"
    assert log_in(client).status_code == 302
    assert is_logged_in(client)


def test_a_program_that_opens_every_link_does_not_use_it_up(app: Flask, client: FlaskClient) -> None:
    database: Database = app.extensions["database"]
    post(client, "/sign-up", **MARIE)
    deliver_all(app)
    link = link_in(mails_to(database, "marie@example.org")[0])
    scanner = app.test_client()
    for _visit in range(3):
        scanner.get(link)
        scanner.head(link)
    assert post(client, link).location == "/log-in"


def test_a_link_works_once_and_for_a_week(app: Flask, client: FlaskClient, database: Database) -> None:
    post(client, "/sign-up", **MARIE)
    deliver_all(app)
    link = link_in(mails_to(database, "marie@example.org")[0])
    with clock.travel(clock.now() + timedelta(days=8)):
        assert client.get(link).status_code == 410
        assert post(client, link).status_code == 410
    assert post(client, link).status_code == 302
    page = post(client, link)
    assert page.status_code == 410
    assert "Ce lien ne marche plus" in page.get_data(as_text=True)


def test_whichever_mail_is_found_first_works(app: Flask, client: FlaskClient, database: Database) -> None:
    post(client, "/sign-up", **MARIE)
    post(client, "/confirm", email="marie@example.org")
    deliver_all(app)
    first, second = mails_to(database, "marie@example.org")
    assert link_in(first) != link_in(second)
    assert post(client, link_in(first)).location == "/log-in"


def test_signing_up_twice_answers_alike_and_writes_to_the_owner(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    person(database)
    stranger = app.test_client()
    second = post(stranger, "/sign-up", **{**MARIE, "name": "Eve", "password": "a password of Eve's"})
    first = post(client, "/sign-up", **{**MARIE, "email": "karim@example.org"})
    assert (first.status_code, first.location) == (second.status_code, second.location)
    pages = [browser.get("/confirm").get_data(as_text=True) for browser in (client, stranger)]
    assert "karim@example.org" in pages[0]
    assert "marie@example.org" in pages[1]
    deliver_all(app)
    (mail,) = mails_to(database, "marie@example.org")
    assert mail.subject == "Vous avez déjà un compte"
    assert "Eve" not in mail.text
    assert log_in(client, password=PASSWORD).status_code == 302
    with database.reading() as session:
        assert session.scalar(select(User.name).where(User.email == "marie@example.org")) == "Marie Peyrard"


def test_nobody_can_fill_somebodys_letter_box(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    person(database, "karim@example.org", confirmed=False)
    for _time in range(12):
        origin = app.test_client()
        post(origin, "/sign-up", **MARIE)
        post(origin, "/confirm", email="karim@example.org")
        post(origin, "/password/forgot", email="marie@example.org")
        app.extensions["limiter"].storage.reset()
    deliver_all(app)
    assert len(mails_to(database, "marie@example.org")) <= 5
    assert len(mails_to(database, "karim@example.org")) <= 4
    with clock.travel(clock.now() + timedelta(hours=2)):
        post(client, "/confirm", email="karim@example.org")
        deliver_all(app)
        assert len(mails_to(database, "karim@example.org")) == 5


def test_asking_for_the_link_again_says_nothing_of_who_has_an_account(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    person(database)
    for email in ("nobody@example.org", "marie@example.org"):
        answer = post(client, "/confirm", email=email)
        assert answer.location == "/confirm"
        assert "Si cette adresse attend" in client.get("/confirm").get_data(as_text=True)
        deliver_all(app)
        assert mails_to(database, email) == []


WRONG = [
    ("name", " ", "Remplissez ce champ"),
    ("name", "x" * 121, "120"),
    ("email", "marie@", "pas une adresse mail complète"),
    ("email", "", "Remplissez ce champ"),
    ("password", "court", "au moins 10 caractères"),
    ("password", "motdepasse2026", "trop facile à deviner"),
    ("password", "marie@example.org", "trop facile à deviner"),
    ("password", "aaaaaaaaaaaa", "trop facile à deviner"),
    ("password", "x" * 201, "200"),
]


def test_what_cannot_be_accepted_is_said_and_the_rest_kept(app: Flask, client: FlaskClient, database: Database) -> None:
    for field, value, words in WRONG:
        app.extensions["limiter"].storage.reset()
        answer = post(client, "/sign-up", **{**MARIE, "email": "marie@example.org", field: value})
        page = answer.get_data(as_text=True)
        assert (answer.status_code, words in page) == (422, True), (field, value)
        kept = {"name": "Marie Peyrard", "email": "marie@example.org"}
        for name in kept.keys() - {field}:
            assert f'value="{kept[name]}"' in page
        assert PASSWORD not in page
    with database.reading() as session:
        assert session.scalar(select(func.count(User.id))) == 0


def test_nobody_signs_up_as_the_cooperative(client: FlaskClient, database: Database) -> None:
    post(client, "/sign-up", **MARIE, is_cooperative="1", confirmed_at="2026-01-01", id="1")
    with database.reading() as session:
        user = session.scalars(select(User)).one()
        assert (user.is_cooperative, user.confirmed_at) == (False, None)


def test_mails_speak_the_language_of_their_reader(app: Flask, client: FlaskClient, database: Database) -> None:
    client.get("/language/en")
    post(client, "/sign-up", **MARIE)
    deliver_all(app)
    (mail,) = mails_to(database, "marie@example.org")
    assert mail.subject == "Confirm your address"
    assert "Hello Marie Peyrard," in mail.html


def test_links_lead_to_the_configured_address_whatever_the_request_claims(app: Flask, database: Database) -> None:
    client = app.test_client()
    token = {"csrf_token": _token(client, "evil.example")}
    answer = client.post("/sign-up", data={**MARIE, **token}, headers={"Host": "evil.example"})
    assert answer.status_code == 302
    deliver_all(app)
    (mail,) = mails_to(database, "marie@example.org")
    assert "evil.example" not in mail.text + mail.html
    assert "http://localhost/confirm/" in mail.html


def _token(client: FlaskClient, host: str) -> str:
    page = client.get("/sign-up", headers={"Host": host}).get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
