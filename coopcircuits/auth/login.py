"""Who is signed in, for pages: Flask-Login on top of our own session table."""

from flask import Flask, Response, request, session, url_for
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from coopcircuits import clock, templating, visitor
from coopcircuits.actor import GUEST, Actor
from coopcircuits.auth import queries, services
from coopcircuits.auth.models import UserSession
from coopcircuits.doors import read_session, transaction
from coopcircuits.i18n import _
from coopcircuits.templating import MenuItem


class SignedIn(UserMixin):  # type: ignore[misc]  # the library has no types
    """The person of this request. Its id is the session's secret, so revoking the row signs the browser out."""

    def __init__(self, row: UserSession, token: str) -> None:
        self.token = token
        self.session_id = row.id
        self.last_seen_at = row.last_seen_at
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
    """Sign this browser in. Its cookies change, so nothing prepared in it before can be used after."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(row, token))
    visitor.new_visitor()


def sign_out() -> None:
    """Forget who this browser belongs to; revoking its session is the caller's transaction."""
    logout_user()
    session.clear()
    visitor.new_visitor()


def current_actor() -> Actor:
    """On whose behalf this request acts."""
    if not current_user.is_authenticated:
        return GUEST
    return Actor("user", current_user.user_id, current_user.is_cooperative)


def _note_seen(response: Response) -> Response:
    """Keep "last seen" roughly true. Reading a page opens no transaction, so only what people do counts as a sign."""
    if request.method in ("GET", "HEAD", "OPTIONS") or response.status_code >= 500 or not current_user.is_authenticated:
        return response
    if clock.now() - current_user.last_seen_at > services.SEEN_EVERY:
        with transaction() as db:
            services.note_seen(db, session_id=current_user.session_id)
    return response


def _menu() -> list[MenuItem]:
    if current_user.is_authenticated:
        return [
            MenuItem(_("My account"), url_for("auth.account")),
            MenuItem(_("Log out"), url_for("auth.log_out"), post=True),
        ]
    on_auth_page = (request.endpoint or "auth.").startswith("auth.")
    back = None if on_auth_page or request.path == "/" else request.full_path.rstrip("?")
    return [
        MenuItem(_("Log in"), url_for("auth.log_in", next=back)),
        MenuItem(_("Sign up"), url_for("auth.sign_up")),
    ]


def init_app(app: Flask) -> None:
    manager = LoginManager()
    manager.anonymous_user = Guest
    manager.user_loader(load)
    manager.session_protection = None  # our sessions are revocable rows; a phone changes its address all day
    manager.init_app(app)
    app.context_processor(lambda: {"person": current_user, "request": request})
    app.after_request(_note_seen)
    templating.add_to_menu(app, "account", _menu)
