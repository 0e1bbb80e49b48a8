"""Joins this floor to the application."""

from typing import Any

from flask import Flask, request, url_for

from billing import cli, jobs, urls  # noqa: F401 - jobs registers itself
from billing.commons import words
from billing.commons.cli import federation_group
from coopcircuits import routing
from coopcircuits.i18n import _
from coopcircuits.templating import MenuItem, add_to_menu, menu


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
    app.cli.add_command(cli.billing_group)
    app.cli.add_command(federation_group)
    app.jinja_env.filters["country"] = words.country_text
    app.jinja_env.globals["words"] = words
    add_to_menu(app, "footer", lambda: [MenuItem(_("The commons"), url_for("commons.public"))])
    add_to_menu(app, "cooperative", _commons_menu)

    @app.context_processor
    def _cooperative_pages() -> dict[str, Any]:
        """Every page of the cooperative carries its sections."""
        if not request.path.startswith("/cooperative"):
            return {}
        return {
            "section_name": _("Cooperative"),
            "section_url": "/cooperative",
            "section_menu": menu(app, "cooperative"),
        }


def _commons_menu() -> list[MenuItem]:
    return [
        MenuItem(_("The commons"), url_for("commons.review")),
        MenuItem(_("Sister instances"), url_for("peer.index")),
    ]
