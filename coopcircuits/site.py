"""Who runs this instance, as every page shows it; before set-up every page leads to the set-up."""

from dataclasses import dataclass

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from coopcircuits.cooperative import queries
from coopcircuits.doors import read_session


@dataclass(frozen=True)
class Site:
    """What pages say of the cooperative. Read once per process: it changes once in the life of an instance."""

    name: str
    email: str
    country: str
    currency: str
    zone: str


_BEFORE_SETUP = Site("CoopCircuits", "", "FR", "EUR", "Europe/Paris")
#: Addresses that work before set-up.
_OPEN = {"setup.show", "setup.save", "coopcircuits.healthz", "coopcircuits.readyz", "coopcircuits.switch_language"}


def site() -> Site:
    """The cooperative, or neutral words before set-up."""
    known: Site | None = current_app.extensions.get("site")
    if known is None and (row := queries.cooperative(read_session())):
        known = Site(row.name, row.email, row.country, row.currency, row.zone)
        current_app.extensions["site"] = known
    return known or _BEFORE_SETUP


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
