"""What no request may contain, and the headers that every answer carries."""

from collections.abc import Callable
from ipaddress import IPv6Network
from wsgiref.headers import Headers

import werkzeug.routing
from flask import Flask, Response, abort, current_app, request
from werkzeug.routing import ValidationError

from coopcircuits.config import Settings

#: Nothing inline, nothing from elsewhere; a form may lead to the payment provider's hosted page by redirection.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self' https://checkout.stripe.com https://connect.stripe.com",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def policy(**changes: str) -> str:
    """The Content-Security-Policy of a page that needs one of its own; names with underscores for dashes."""
    parts = {**_POLICY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return "; ".join(f"{name} {value}".strip() for name, value in parts.items())


def _everywhere(settings: Settings) -> dict[str, str]:
    headers = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def static_headers(settings: Settings) -> Callable[[Headers, str, str], None]:
    """What answers with a file carry too: a drawing opened by itself may do nothing but show."""
    shut_in = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

    def add(headers: Headers, _path: str, _url: str) -> None:
        for name, value in {**_everywhere(settings), "Content-Security-Policy": shut_in}.items():
            headers[name] = value

    return add


class IntegerConverter(werkzeug.routing.IntegerConverter):
    """Numbers in addresses are ids: one that no column can hold leads nowhere, instead of into the database."""

    def to_python(self, value: str) -> int:
        number = super().to_python(value)
        if number > 2**31 - 1:
            raise ValidationError
        return int(number)


def _refuse_malformed() -> None:
    """Refuse what people never send: characters no database keeps, and forms of thousands of fields."""
    fields = list(request.args.items(multi=True))
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if request.mimetype != "multipart/form-data" and _count_fields() > current_app.config["MAX_FORM_PARTS"]:
            abort(413)
        fields += request.form.items(multi=True)
    if "\0" in request.path or any("\0" in text for field in fields for text in field):
        abort(400)


def _count_fields() -> int:
    """Fields of a plain form, counted before they are read: a hundred thousand take the better part of a second."""
    return request.get_data().count(b"&") + 1


def client() -> str:
    """Who is asking, for counting: the address, or in IPv6 the network that one household has."""
    address = request.remote_addr or ""
    return str(IPv6Network((address, 64), strict=False)) if ":" in address else address


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    sandbox = f" {settings.stripe_api_base}" if settings.stripe_api_base else ""  # it plays the provider's pages
    everywhere = _everywhere(settings)
    usual = policy(form_action=_POLICY["form-action"] + sandbox)

    app.url_map.converters["int"] = IntegerConverter
    app.url_map.merge_slashes = False  # else "//x" is answered by a redirection to whatever Host the request claims
    app.before_request(_refuse_malformed)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", usual)
        response.headers.update(everywhere)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self), payment=()"
        if "Cache-Control" not in response.headers and request.endpoint is not None:
            response.headers["Cache-Control"] = "no-store" if request.method != "GET" else "private, no-cache"
        return response
