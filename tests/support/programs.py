"""Programs in tests: tokens made through the services, and requests that carry them."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coopcircuits.actor import Actor
from coopcircuits.api import services
from coopcircuits.auth.models import User
from coopcircuits.db import Database

SCOPES = ("statements:read", "invoices:read", "contributions:read")


def make_token(database: Database, user: User, *scopes: str) -> str:
    """The secret of a person's token, by default for everything."""
    with database.transaction() as session:
        _token, secret = services.create_token(
            session,
            user_id=user.id,
            name="Robot",
            scopes=scopes or SCOPES,
            days=30,
            actor=Actor("user", user.id, user.is_cooperative),
        )
    return secret


def read(client: FlaskClient, path: str, secret: str, **parameters: Any) -> TestResponse:
    """Ask the API as a program does."""
    return client.get(path, query_string=parameters or None, headers={"Authorization": f"Bearer {secret}"})
