"""A person's page of tokens."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.api import queries, services
from coopcircuits.api.models import ApiToken
from coopcircuits.api.scopes import Scope, add_scopes
from coopcircuits.db import Database
from tests.support.account import log_in, person, post

PAGE = "/account/tokens"


@pytest.fixture(autouse=True)
def _scopes(app: Flask) -> None:
    add_scopes(app, Scope("harvest:read", "Récoltes"), Scope("books:read", "Comptes", cooperative=True))


def make(client: FlaskClient, name: str = "Comptabilité", scopes: str = "harvest:read") -> str:
    """Make a token as a person does, and copy its secret from the page."""
    page = post(client, PAGE, name=name, scopes=scopes, days="30").get_data(as_text=True)
    found = re.search(r'value="(coop_[\w-]{43})"', page)
    assert found, "the page shows no secret"
    return found[1]


def test_the_secret_is_shown_once_and_not_kept(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    secret = make(client)
    page = client.get(PAGE).get_data(as_text=True)
    assert "Comptabilité" in page
    assert "Récoltes" in page
    assert secret not in page
    with database.reading() as session:
        token = queries.live_token(session, secret)
        assert token is not None
        assert token.hash != secret
        assert (token.name, token.scopes) == ("Comptabilité", ["harvest:read"])
        assert token.expires_at - token.created_at == timedelta(days=30)


def test_a_token_needs_a_name_and_a_scope_that_its_owner_can_use(client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    page = client.get(PAGE).get_data(as_text=True)
    assert "Comptes" not in page
    (box,) = re.findall(r'<input[^>]*value="harvest:read"[^>]*>', page)
    assert "required" not in box  # one is enough, whichever
    for wrong in (
        {"name": "", "scopes": "harvest:read", "days": "30"},
        {"name": "Robot", "days": "30"},
        {"name": "Robot", "scopes": "books:read", "days": "30"},
        {"name": "Robot", "scopes": "harvest:read", "days": "100000"},
    ):
        assert post(client, PAGE, **wrong).status_code == 422
    with database.reading() as session:
        assert session.scalar(select(func.count(ApiToken.id))) == 0


def test_a_revoked_token_is_gone_for_good(app: Flask, client: FlaskClient, database: Database) -> None:
    person(database)
    log_in(client)
    secret = make(client)
    with database.reading() as session:
        token = queries.live_token(session, secret)
        assert token is not None
    stranger = app.test_client()
    person(database, "voisin@example.org")
    log_in(stranger, "voisin@example.org")
    assert post(stranger, f"{PAGE}/{token.id}/revoke").status_code == 404
    for _time in range(2):
        assert post(client, f"{PAGE}/{token.id}/revoke").location == PAGE
    assert "Comptabilité" not in client.get(PAGE).get_data(as_text=True)
    with database.reading() as session:
        assert queries.live_token(session, secret) is None


def test_a_token_ends_with_its_time_and_with_its_owners_account(database: Database) -> None:
    user = person(database)
    with database.transaction() as session:
        token, secret = services.create_token(
            session, user_id=user.id, name="Robot", scopes=["harvest:read"], days=30, actor=Actor("user", user.id)
        )
    with database.reading() as session, clock.travel(token.expires_at - timedelta(seconds=1)):
        assert queries.live_token(session, secret) is not None
    with database.reading() as session, clock.travel(token.expires_at):
        assert queries.live_token(session, secret) is None
    with database.transaction() as session:
        session.merge(user).disabled_at = clock.now()
    with database.reading() as session:
        assert queries.live_token(session, secret) is None


def test_nobody_keeps_more_tokens_than_they_can_look_after(client: FlaskClient, database: Database) -> None:
    user = person(database)
    with database.transaction() as session:
        for _number in range(services.MOST_TOKENS):
            services.create_token(
                session, user_id=user.id, name="Robot", scopes=["harvest:read"], days=30, actor=Actor("user", user.id)
            )
    log_in(client)
    answer = post(client, PAGE, name="Un de trop", scopes="harvest:read", days="30")
    assert answer.status_code == 422
    assert "20 jetons" in answer.get_data(as_text=True)
