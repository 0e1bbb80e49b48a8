"""What people read when something goes wrong: kind words, and the right status."""

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from coopcircuits.errors import DomainError

log = logging.getLogger(__name__)


def _page(status: int, message: str = "") -> tuple[str, int]:
    return render_template("coopcircuits/error.html", status=status, message=message), status


def _domain(error: DomainError) -> ResponseReturnValue:
    return _page(error.status, str(error))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    body, _status = _page(status)
    headers = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    return body, status, headers


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error on %s %s", request.method, request.path)
    return _page(500)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
