"""What a browser does on the account pages."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coopcircuits.auth.models import User
from coopcircuits.db import Database
from tests.support.people import PASSWORD, form_token, make_user


def person(database: Database, email: str = "marie@example.org", **given: Any) -> User:
    """Somebody with an account."""
    with database.transaction() as session:
        return make_user(session, email, **given)


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form as this browser would, with its token."""
    return client.post(path, data={"csrf_token": form_token(client), **fields})


def log_in(
    client: FlaskClient, email: str = "marie@example.org", password: str = PASSWORD, **fields: str
) -> TestResponse:
    return post(client, "/log-in", email=email, password=password, **fields)


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200
