"""Logging in and out."""

import re
from statistics import median
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth import hooks
from coopcircuits.auth.models import User, UserSession
from coopcircuits.db import Database
from tests.support.people import PASSWORD, form_token, make_user, sign_in


def log_in(client: FlaskClient, email: str = "marie@example.org", password: str = PASSWORD, **fields: str) -> object:
    """Post the log-in form as a browser would."""
    return client.post("/log-in", data={"csrf_token": form_token(client), "email": email, "password": password, **fields})


def person(database: Database, **given: object) -> User:
    with database.transaction() as session:
        return make_user(session, **given)


def test_the_right_password_opens_the_account(client: FlaskClient, database: Database) -> None:
    person(database)
    answer = log_in(client, email=" Marie@Example.org ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Marie Peyrard" in client.get("/account").get_data(as_text=True)
