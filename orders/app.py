"""Joins this floor to the application."""

from flask import Flask

from coopcircuits import routing
from orders import urls


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
