"""Address tables: each floor's ``urls.py`` lists its rules, and nothing is reachable without one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from coopcircuits import security, visitor
from coopcircuits.access import Access, Decision
from coopcircuits.errors import TooManyRequests

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Rule:
    """One address: who may open it, and how often it may be posted to."""

    path: str
    view: View
    access: Access
    methods: tuple[str, ...]
    limit: RateLimitItem | None
    browser_limit: RateLimitItem | None
    needs_token: bool

    @property
    def endpoint(self) -> str:
        """``component.view``, for example ``cart.show``; the name that ``url_for`` takes."""
        *_, room, _views = self.view.__module__.split(".")
        return f"{room}.{self.view.__name__}"


def rule(
    path: str,
    view: View,
    *,
    access: Access,
    methods: Sequence[str] = ("GET",),
    limit: str | None = None,
    browser_limit: str | None = None,
    needs_token: bool = True,
) -> Rule:
    """Declare an address.

    ``limit`` ("10 per minute") counts per client address what is sent there, or what is read where nothing can be sent;
    ``browser_limit`` per visitor's cookie: a whole village may share one address when a sale opens. ``needs_token`` is
    false only where another proof replaces the form token (a signed webhook, a signed notice).
    """
    most, most_each = (parse(typed) if typed else None for typed in (limit, browser_limit))
    return Rule(path, view, access, tuple(methods), most, most_each, needs_token)


def add_rules(app: Flask, rules: Sequence[Rule]) -> None:
    """Make the addresses of one floor reachable."""
    table: dict[str, Rule] = app.extensions.setdefault("rules", {})
    for item in rules:
        if table.setdefault(item.endpoint, item).view is not item.view:
            raise ValueError(f"two views are named {item.endpoint}")
        app.add_url_rule(item.path, item.endpoint, item.view, methods=list(item.methods))


def guard() -> ResponseReturnValue | None:
    """Before each request: apply the rule's rate limit and access."""
    if request.endpoint in (None, "static"):
        return None
    item: Rule = current_app.extensions["rules"][request.endpoint]
    if request.method not in ("GET", "HEAD", "OPTIONS") or item.methods == ("GET",):
        _count(item.limit, item.endpoint, security.client)
        _count(item.browser_limit, item.endpoint, visitor.visitor_id)
    return _answer(item.access.decide(request.view_args or {}))


def _count(limit: RateLimitItem | None, endpoint: str, who: Callable[[], str]) -> None:
    limiter: MovingWindowRateLimiter = current_app.extensions["limiter"]
    if limit and not limiter.hit(limit, endpoint, who()):
        raise TooManyRequests


def _answer(decision: Decision) -> ResponseReturnValue | None:
    if decision is Decision.ALLOWED:
        return None
    if decision is Decision.SIGN_IN:
        if request.method not in ("GET", "HEAD"):
            return redirect(url_for("auth.log_in"))
        return redirect(url_for("auth.log_in", next=request.full_path.rstrip("?")))
    abort(403 if decision is Decision.FORBIDDEN else 404)


def init_app(app: Flask) -> None:
    app.extensions["limiter"] = MovingWindowRateLimiter(MemoryStorage())
    app.before_request(guard)


def rules(app: Flask) -> dict[str, Any]:
    """Every address of the application by endpoint."""
    table: dict[str, Any] = app.extensions["rules"]
    return table
