"""Which language a page is written in: chosen, else the account's, else the browser's, else French."""

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from coopcircuits import i18n
from coopcircuits.doors import settings

COOKIE = "language"


def choose() -> None:
    """Set the language of this request."""
    chosen = request.cookies.get(COOKIE)
    if chosen not in i18n.LANGUAGES:
        # Asking who is signed in costs a query, so only where somebody may be.
        signed_in = "session" in request.cookies and current_user.is_authenticated
        chosen = current_user.language if signed_in else request.accept_languages.best_match(list(i18n.LANGUAGES))
    i18n.use_language(chosen or i18n.DEFAULT)


def switch(code: str) -> ResponseReturnValue:
    """Remember a language and go back to the page."""
    response = redirect(back_to(request.args.get("next", "")))
    if code in i18n.LANGUAGES:
        remember(response, code)
    return response


def remember(response: BaseResponse, code: str) -> None:
    """Keep a language in this browser."""
    response.set_cookie(
        COOKIE, code, max_age=365 * 24 * 3600, samesite="Lax", httponly=True, secure=settings().is_https
    )


def back_to(target: str, default: str = "/") -> str:
    """``target`` if it is a path of this site, else ``default``: never another site."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if is_path and target.isprintable() else default


def _say(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Language", i18n.language())
        response.vary.update(["Accept-Language", "Cookie"])
    return response


def init_app(app: Flask) -> None:
    app.before_request(choose)
    app.after_request(_say)
