"""The visitor cookie: ties a basket and the form tokens to one browser, signed in or not.

A form token is a keyed hash of the cookie's value, so a page kept ready for everybody only needs its token filled in;
another site can neither read the cookie nor work out the token (OWASP: signed double submit).
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request

from coopcircuits.doors import settings
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_

COOKIE = "visitor"
_AGE = 60 * 24 * 3600


class StaleForm(InvalidInput):
    """The form's token does not belong to this browser."""

    code = "stale-form"
    status = 400
    message = N_(
        "This page was open for too long or in another browser. Nothing has been changed: please load it again."
    )


def visitor_id() -> str:
    """The value of this browser's cookie; made now if it has none."""
    if "visitor" not in g:
        value = request.cookies.get(COOKIE, "")
        g.visitor = value if 20 <= len(value) <= 64 and value.isascii() else new_visitor()
    return str(g.visitor)


def new_visitor() -> str:
    """Give this browser a new cookie, as when somebody signs in or out; old form tokens end with it."""
    g.visitor, g.visitor_is_new = secrets.token_urlsafe(24), True
    return str(g.visitor)


def token_of(visitor: str, secret_key: str) -> str:
    """The form token that belongs to a visitor cookie."""
    return hashlib.blake2b(
        visitor.encode(), key=hashlib.sha256(secret_key.encode()).digest(), digest_size=20
    ).hexdigest()


def form_token() -> str:
    """The token that this browser's forms carry."""
    return token_of(visitor_id(), settings().secret_key)


def check_token() -> None:
    """Refuse an unsafe request that another site may have caused."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    if not current_app.extensions["rules"][request.endpoint].needs_token:
        return
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        abort(400)
    given = request.form.get("csrf_token") or request.headers.get("X-Form-Token", "")
    if not hmac.compare_digest(given.encode(), form_token().encode()):
        raise StaleForm


def keep_cookie(response: Response) -> Response:
    """Set the cookie where it is new; it is needed for the basket and for safe forms, for nothing else."""
    if g.get("visitor_is_new", False):
        response.set_cookie(
            COOKIE, g.visitor, max_age=_AGE, httponly=True, samesite="Lax", secure=settings().is_https, path="/"
        )
    return response


def init_app(app: Flask) -> None:
    app.before_request(check_token)
    app.after_request(keep_cookie)
