"""Who runs this instance, as every page shows it; before set-up every page leads to the set-up."""

import time
from dataclasses import dataclass

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.cooperative import queries
from coopcircuits.doors import read_session


@dataclass(frozen=True)
class Site:
    """What pages say of the cooperative."""

    name: str
    email: str
    country: str
    currency: str
    zone: str


#: Seconds for which a process trusts what it read: another one may have saved a new name meanwhile.
_TRUSTED = 5
_BEFORE_SETUP = Site("CoopCircuits", "", "FR", "EUR", "Europe/Paris")
#: Addresses that work before set-up.
_OPEN = {"setup.show", "setup.save", "coopcircuits.healthz", "coopcircuits.readyz", "coopcircuits.switch_language"}


def site() -> Site:
    """The cooperative, or neutral words before set-up."""
    kept: tuple[Site, float] = current_app.extensions.get("site", (_BEFORE_SETUP, -_TRUSTED))
    known, read_at = kept
    now = time.monotonic()
    if now - read_at < _TRUSTED:
        return known
    row = queries.cooperative(read_session())
    if row is None:
        return _BEFORE_SETUP
    found = Site(row.name, row.email, row.country, row.currency, row.zone)
    current_app.extensions["site"] = found, now
    return found


def _lead_to_setup() -> ResponseReturnValue | None:
    if request.endpoint in _OPEN or "site" in current_app.extensions:
        return None
    if site() is _BEFORE_SETUP:
        return redirect(url_for("setup.show"))
    return None


def init_app(app: Flask) -> None:
    app.before_request(_lead_to_setup)
    demo = app.extensions["settings"].is_demo
    app.context_processor(lambda: {"site": site(), "demo": demo})
