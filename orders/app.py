"""Joins this floor to the application."""

from flask import Flask

from coopcircuits import routing
from orders import followers, jobs, urls  # noqa: F401 - followers and jobs register themselves


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
