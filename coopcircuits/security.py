"""Response headers that every page carries."""

from flask import Flask, Response, request

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


def init_app(app: Flask) -> None:
    settings = app.extensions["settings"]
    policy = dict(_POLICY)
    if settings.stripe_api_base:  # the payment sandbox plays the provider's pages
        policy["form-action"] += f" {settings.stripe_api_base}"
    header = "; ".join(f"{name} {value}" for name, value in policy.items())
    https = settings.base_url.startswith("https://")

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", header)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self), payment=()"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if "Cache-Control" not in response.headers and request.endpoint is not None:
            response.headers["Cache-Control"] = "no-store" if request.method != "GET" else "private, no-cache"
        return response
