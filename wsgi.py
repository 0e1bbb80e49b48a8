"""Composition root: names the floors, lowest first, and builds the application."""

import billing.app
import orders.app
import shops.app
from coopcircuits.app import create_app
from coopcircuits.config import Settings

FLOORS = (shops.app, orders.app, billing.app)


def __getattr__(name: str) -> object:
    """Build the application when a server or command first asks for it, so that importing has no effect."""
    if name == "app":
        globals()["app"] = application = create_app(Settings.from_environment(), FLOORS)
        return application
    raise AttributeError(name)
