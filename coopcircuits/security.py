"""Response headers that every page carries."""

from collections.abc import Callable
from wsgiref.headers import Headers

from flask import Flask, Response, request

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


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    sandbox = f" {settings.stripe_api_base}" if settings.stripe_api_base else ""  # it plays the provider's pages
    everywhere = _everywhere(settings)
    usual = policy(form_action=_POLICY["form-action"] + sandbox)

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
