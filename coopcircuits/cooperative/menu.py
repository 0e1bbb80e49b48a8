"""The menu that every page of the cooperative's management shows."""

from typing import Any

from flask import Flask, current_app, url_for

from coopcircuits import templating
from coopcircuits.i18n import _
from coopcircuits.templating import MenuItem


def section() -> dict[str, Any]:
    """What the layout ``manager.html`` asks of a page of the cooperative."""
    items = templating.menu(current_app, "cooperative")
    return {"section_name": _("Cooperative"), "section_url": items[0].url, "section_menu": items}


def _items() -> list[MenuItem]:
    return [
        MenuItem(_("Legal identity"), url_for("cooperative.identity")),
        MenuItem(_("Behind the scenes"), url_for("work.show")),
    ]


def init_app(app: Flask) -> None:
    templating.add_to_menu(app, "cooperative", _items)
