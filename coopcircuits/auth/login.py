"""Who is signed in, for pages: Flask-Login on top of our own session table."""

from flask import Flask, request
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from coopcircuits import visitor
from coopcircuits.actor import GUEST, Actor
from coopcircuits.auth import queries
from coopcircuits.auth.models import UserSession
from coopcircuits.doors import read_session


class SignedIn(UserMixin):  # type: ignore[misc]  # the library has no types
    """The person of this request. Its id is the session's secret, so revoking the row signs the browser out."""

    def __init__(self, row: UserSession, token: str) -> None:
        self.token = token
        self.session_id = row.id
        self.user_id = row.user_id
        self.name = row.user.name
        self.email = row.user.email
        self.language = row.user.language
        self.is_cooperative = row.user.is_cooperative
        self.is_confirmed = row.user.confirmed_at is not None

    def get_id(self) -> str:
        return self.token


class Guest(AnonymousUserMixin):  # type: ignore[misc]  # the library has no types
    """Someone who is not signed in."""

    user_id: int | None = None
    name = email = ""
    is_cooperative = is_confirmed = False


def load(token: str) -> SignedIn | None:
    row = queries.live_session(read_session(), token)
    return SignedIn(row, token) if row else None


def sign_in(row: UserSession, token: str) -> None:
    """Sign this browser in; its visitor cookie changes, so nothing prepared before can be used after."""
    login_user(SignedIn(row, token))
    visitor.new_visitor()


def sign_out() -> None:
    logout_user()
    visitor.new_visitor()


def current_actor() -> Actor:
    """On whose behalf this request acts."""
    if not current_user.is_authenticated:
        return GUEST
    return Actor("user", current_user.user_id, current_user.is_cooperative)


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.anonymous_user = Guest
    manager.user_loader(load)
    manager.session_protection = None  # our sessions are revocable rows; a phone changes its address all day
    manager.init_app(app)
    app.context_processor(lambda: {"person": current_user, "request": request})
