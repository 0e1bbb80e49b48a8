"""People in tests: accounts made through the services, and browsers signed in."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth import services
from coopcircuits.auth.models import User
from coopcircuits.db import Database

PASSWORD = "le panier de la voisine"


def make_user(session: Session, email: str = "marie@example.org", **given: Any) -> User:
    """A person with a confirmed address and :data:`PASSWORD`."""
    user = services.sign_up(
        session,
        email=email,
        name=given.get("name", "Marie Peyrard"),
        password=PASSWORD,
        language=given.get("language", "fr"),
    )
    user.is_cooperative = given.get("is_cooperative", False)
    if given.get("confirmed", True):
        user.confirmed_at = clock.now()
    session.flush()
    return user


def sign_in(client: FlaskClient, database: Database, user: User) -> None:
    """Sign a test browser in as the log-in page would, without typing."""
    with database.transaction() as session:
        _row, token = services.open_session(session, user=session.get_one(User, user.id), user_agent="test")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True


def form_token(client: FlaskClient) -> str:
    """The form token of a test browser, as any page's forms carry it."""
    page = client.get("/log-in").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert found, "the log-in page has no form token"
    return found[1]
