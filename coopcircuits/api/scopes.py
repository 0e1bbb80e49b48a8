"""What a token may be good for: each floor names the scopes of its own addresses."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app


@dataclass(frozen=True)
class Scope:
    """A right that a token may carry; ``words`` is said to people (lazy). Some make sense for the cooperative only."""

    name: str
    words: Any
    cooperative: bool = False


def add_scopes(app: Flask, *scopes: Scope) -> None:
    """Offer these scopes to whoever makes a token."""
    app.extensions.setdefault("api_scopes", {}).update({scope.name: scope for scope in scopes})


def scopes_for(*, is_cooperative: bool) -> list[Scope]:
    """Those that a person can put to use."""
    known: dict[str, Scope] = current_app.extensions.get("api_scopes", {})
    return [scope for scope in known.values() if is_cooperative or not scope.cooperative]
