"""Who may open an address of the API: a program with a token for its scope. Cookies count for nothing here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from coopcircuits import clock, security
from coopcircuits.access import Access, Decision
from coopcircuits.api import queries, services
from coopcircuits.api.models import ApiToken
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError, NotAllowed, TooManyRequests
from coopcircuits.i18n import N_

#: How often one token may ask, and one address may come with a token that does not work.
_PER_TOKEN = parse("300 per minute")
_REFUSED = parse("60 per minute")


class TokenNeeded(DomainError):
    """No token, or one that is unknown, expired or revoked: which of these is not said."""

    code = "invalid-token"
    status = 401
    message = N_("Send a token that works: “Authorization: Bearer …”. Tokens are made on the page of your account.")


class ScopeMissing(NotAllowed):
    """The token works, but not for this."""

    code = "missing-scope"
    message = N_("This token lacks the scope %(scope)s.")


@dataclass(frozen=True)
class TokenAccess:
    """Holders of a token with the scope ``name``; with ``cooperative``, only those who work for the cooperative."""

    name: str
    cooperative: bool = False

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        given = request.authorization
        secret = given.token if given and given.type == "bearer" else None
        token = queries.live_token(read_session(), secret) if secret else None
        if token is None:
            _count(_REFUSED, security.client())
            raise TokenNeeded
        _count(_PER_TOKEN, str(token.id))
        g.api_token = token
        if self.name not in token.scopes:
            raise ScopeMissing(scope=self.name)
        return Decision.FORBIDDEN if self.cooperative and not token.user.is_cooperative else Decision.ALLOWED


def api(scope: str, *, cooperative: bool = False) -> Access:
    """Programs with a token for ``scope``. What its owner may see is for the view to ask, see :func:`current_token`."""
    return TokenAccess(scope, cooperative)


def current_token() -> ApiToken:
    """The token of a request to an address declared with :func:`api`, with its owner."""
    return cast(ApiToken, g.api_token)


def _count(limit: Any, who: str) -> None:
    limiter: MovingWindowRateLimiter = current_app.extensions["limiter"]
    if not limiter.hit(limit, "api", who):
        raise TooManyRequests


def _note_used(response: Response) -> Response:
    token: ApiToken | None = g.get("api_token")
    if token is None or response.status_code >= 400:
        return response
    if token.last_used_at is None or clock.now() - token.last_used_at > services.USED_EVERY:
        with transaction() as db:
            services.note_used(db, token_id=token.id)
    return response


def init_app(app: Flask) -> None:
    app.after_request(_note_used)
