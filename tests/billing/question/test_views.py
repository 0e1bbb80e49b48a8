"""A question from the shop's page to the cooperative's, and back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.question import queries
from billing.statement import services
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from shops.enterprise import services as enterprises
from shops.enterprise.models import StaffRole
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement
from tests.support.people import form_token, make_user, sign_in

SHOP = "/manage/la-ferme-des-sources/contribution/2026-10"
HERE = "/cooperative/statements/la-ferme-des-sources/2026-10"
Browser = Callable[[str], FlaskClient]


@pytest.fixture
def till(database: Database) -> Till:
    """A shop with its October closed and two people, and somebody of the cooperative."""
    with database.transaction() as session:
        owner = make_user(session, "anne@example.org", name="Anne Chabert")
        till = Till(session, owner_id=owner.id, name="La ferme des Sources")
        reader = make_user(session, "lecture@example.org")
        enterprises.add_staff(
            session, enterprise_id=till.shop.id, user_id=reader.id, role=StaffRole.READ_ONLY, actor=SYSTEM
        )
        make_user(session, "coop@example.org", name="Camille Desrues", is_cooperative=True)
        till.sell(in_month(OCTOBER), 105_500)
        close(session)
    return till


@pytest.fixture
def browser(app: Flask, database: Database, till: Till) -> Browser:
    """A browser with somebody signed in."""

    def open_as(email: str) -> FlaskClient:
        with database.reading() as session:
            user = session.query(User).filter_by(email=email).one()
        client = app.test_client()
        sign_in(client, database, user)
        return client

    return open_as


def post(client: FlaskClient, path: str, status: int = 200, **values: object) -> str:
    answer = client.post(path, data={"csrf_token": form_token(client), **values}, follow_redirects=True)
    assert answer.status_code == status, answer.status_code
    return answer.get_data(as_text=True)


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def approve(database: Database, till: Till) -> int:
    """Approves the statement on 2 November; returns how many days the shop has."""
    with database.transaction() as session, clock.travel(NOVEMBER_2):
        found = statement(session, till.shop)
        services.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
        return queries.days_of(session, found)


def test_a_question_is_asked_marked_and_answered(browser: Browser) -> None:
    anne, camille = browser("anne@example.org"), browser("coop@example.org")
    asked = post(anne, f"{SHOP}/question", text="Pourquoi 12 € ?\r\n<b>Nous</b> avions fermé.")
    assert "Pourquoi 12 € ?\n&lt;b&gt;Nous&lt;/b&gt; avions fermé." in asked
    assert "La coopérative a reçu votre question" in asked
    assert "Question de la boutique" in asked

    assert "Questions (1)" in (queue := read(camille, "/cooperative/statements?state=questioned"))
    assert "attend une réponse depuis le" in queue
    assert "1 boutique attend une réponse" in read(camille, "/cooperative")
    assert "Anne Chabert" in read(camille, HERE)
    answered = post(camille, f"{HERE}/answer", version=1, text="C’est 1 % d’octobre.")
    assert "Envoyé." in answered
    assert "Rien à répondre" not in answered
    assert "Questions (0)" in read(camille, "/cooperative/statements")
    shown = read(anne, SHOP)
    assert "C’est 1 % d’octobre." in shown
    assert "Camille Desrues" not in shown


def test_all_shown_leaves_a_question_for_later(browser: Browser) -> None:
    post(browser("anne@example.org"), f"{SHOP}/question", text="Pourquoi ?")
    queue = read(browser("coop@example.org"), "/cooperative/statements")
    assert 'name="approve"' in queue
    assert 'name="shown"' not in queue


def test_what_cannot_be_sent_stays_on_the_page(browser: Browser) -> None:
    anne = browser("anne@example.org")
    text = post(anne, f"{SHOP}/question", status=422, text="mot " * 600)
    assert "mot mot" in text


def test_an_answer_to_less_than_all_that_was_said_waits(browser: Browser) -> None:
    anne, camille = browser("anne@example.org"), browser("coop@example.org")
    post(anne, f"{SHOP}/question", text="Pourquoi ?")
    post(anne, f"{SHOP}/question", text="Trouvé, merci !")
    text = post(camille, f"{HERE}/answer", status=409, version=1, text="Je regarde.")
    assert "Question de la boutique (Anne Chabert" in text
    assert "Je regarde.</textarea>" in text
    assert "La question est réglée." in post(camille, f"{HERE}/settle", version=2)


def test_the_page_says_until_when(browser: Browser, database: Database, till: Till) -> None:
    anne = browser("anne@example.org")
    assert "dès maintenant" in read(anne, SHOP)
    days = timedelta(days=approve(database, till))
    with clock.travel(NOVEMBER_2 + days):
        assert "Vous pouvez poser une question jusqu’au " in read(anne, SHOP)
    with clock.travel(NOVEMBER_2 + days + timedelta(days=1)):
        shown = read(anne, SHOP)
        assert "Ce relevé pouvait être questionné jusqu’au " in shown
        assert 'href="mailto:bonjour@circuits.example"' in shown
        assert "<textarea" not in shown
        post(anne, f"{SHOP}/question", status=422, text="Trop tard ?")
    with database.reading() as session:
        assert not queries.is_open(session, statement(session, till.shop).id)


def test_who_only_reads_the_accounts_does_not_ask(browser: Browser) -> None:
    reader = browser("lecture@example.org")
    assert "<textarea" not in read(reader, SHOP)
    post(reader, f"{SHOP}/question", status=403, text="Puis-je ?")


def test_a_month_without_a_statement_has_nothing_to_question(browser: Browser) -> None:
    anne = browser("anne@example.org")
    with clock.travel(in_month(OCTOBER.plus(1))):
        assert "<textarea" not in read(anne, SHOP.replace("2026-10", "2026-11"))
        post(anne, f"{SHOP.replace('2026-10', '2026-11')}/question", status=404, text="Déjà ?")
