"""What is answered when something goes wrong: kind words for people, problem details (RFC 9457) for machines."""

import logging

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException

from coopcircuits import doors, i18n
from coopcircuits.errors import DomainError
from coopcircuits.problems import problem

log = logging.getLogger(__name__)

#: Where machines are answered, and what the types of their problems begin with.
_TYPES = "urn:coopcircuits:problem"
_MACHINES = {"/federation/": "urn:coop-report:1", "/api/": _TYPES}
#: The stable word at the end of a problem's type, where no use case gives one.
_WORDS = {
    400: "bad-request",
    403: "not-allowed",
    404: "unknown-address",
    405: "method-not-allowed",
    413: "too-large",
    415: "wrong-content-type",
    429: "rate-limited",
    503: "unavailable",
}
_RETRY_AFTER = {429: "60", 503: "30"}


def _problem_types() -> str | None:
    """How the types of problems begin for a machine; nothing for a person."""
    for prefix, types in _MACHINES.items():
        if request.path.startswith(prefix):
            return types
    return _TYPES if "application/problem+json" in request.accept_mimetypes.values() else None


def _answer(status: int, *, word: str = "", message: str = "") -> Response:
    if types := _problem_types():
        word = word or _WORDS.get(status, "internal" if status >= 500 else "bad-request")
        answer = problem(types, word, status, message or word)
        if status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
    else:
        answer = Response(_page(status, message), status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    if wait := _RETRY_AFTER.get(status):
        answer.headers["Retry-After"] = wait
    return answer


def _page(status: int, message: str) -> str:
    if status != 503 or message:
        try:
            return render_template("coopcircuits/error.html", status=status, message=message)
        except Exception:  # it reads the database, which may be what is broken
            log.exception("the error page itself failed")
    return current_app.jinja_env.get_template("coopcircuits/away.html").render(locale=i18n.language())


def _domain(error: DomainError) -> ResponseReturnValue:
    return _answer(error.status, word=error.code, message=str(error))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    answer = _answer(status)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After"))
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error on %s %s", request.method, request.path)
    doors.close_reading()  # what it read may stand in the middle of a broken transaction
    is_away = isinstance(error, (OperationalError, InterfaceError, NoConnectionLeft))
    return _answer(503 if is_away else 500)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
