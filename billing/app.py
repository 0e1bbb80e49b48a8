"""Joins this floor to the application."""

from flask import Flask

from billing import cli, urls
from coopcircuits import routing


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
    app.cli.add_command(cli.billing_group)
