"""Joins this floor to the application."""

from typing import Any

from babel.numbers import get_currency_symbol
from flask import Flask, g, render_template, url_for
from flask_login import current_user
from markupsafe import Markup

from coopcircuits import i18n, routing
from coopcircuits.i18n import _
from coopcircuits.templating import MenuItem, add_section, add_to_menu, menu
from shops import cli, jobs, urls  # noqa: F401 - jobs registers itself
from shops.addresses import management_url, shop_url
from shops.permissions import Permission, may
from shops.product.categories import category_name
from shops.product.units import comparison_text, unit_text


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
    app.cli.add_command(cli.shops_group)
    app.jinja_env.filters.update(category=category_name, currency_sign=_currency_sign)
    app.jinja_env.globals.update(
        shop_url=shop_url, management_url=management_url, unit_text=unit_text, comparison_text=comparison_text
    )
    add_to_menu(app, "main", lambda: [MenuItem(_("Shops"), url_for("directory.index"))])
    add_to_menu(app, "account", _account_menu)
    add_to_menu(app, "shop", _shop_menu)
    add_section(app, "home", lambda: Markup(render_template("shops/directory/home.html")))  # noqa: S704 - our template

    @app.context_processor
    def _managed_shop() -> dict[str, Any]:
        """Every page of an enterprise's staff carries its name and sections."""
        if "enterprise" not in g:
            return {}
        return {
            "shop": g.enterprise,
            "section_name": g.enterprise.name,
            "section_url": management_url(g.enterprise.permalink),
            "section_menu": menu(app, "shop"),
            "may": may,
        }


def _currency_sign(currency: str) -> str:
    """The sign that stands beside an amount being typed: "€"."""
    sign: str = get_currency_symbol(currency, locale=i18n.locale())
    return sign


def _account_menu() -> list[MenuItem]:
    if not current_user.is_authenticated:
        return []
    return [MenuItem(_("My shops"), url_for("enterprise.mine"))]


def _shop_menu() -> list[MenuItem]:
    if "enterprise" not in g:
        return []
    seldom = 1  # what is settled once comes after the days' work
    sections = [
        (Permission.EDIT_CATALOGUE, _("Products"), "product.index", 0),
        (Permission.EDIT_SALES, _("Pickup points"), "delivery.index", seldom),
        (Permission.EDIT_SALES, _("Payments"), "payment_method.index", seldom),
        (Permission.EDIT_SALES, _("Fees"), "fee.index", seldom),
        (Permission.EDIT_SALES, _("Supply"), "supply_link.index", seldom),
        (Permission.EDIT_PROFILE, _("Profile"), "enterprise.profile", seldom),
        (Permission.EDIT_STAFF, _("People"), "enterprise.staff", seldom),
    ]
    return [
        MenuItem(label, url_for(endpoint, shop=g.enterprise.permalink), rank=rank)
        for permission, label, endpoint, rank in sections
        if may(permission)
    ]
