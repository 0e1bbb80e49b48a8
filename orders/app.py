"""Joins this floor to the application."""

from flask import Flask, g, render_template, url_for
from flask_login import current_user
from markupsafe import Markup

from coopcircuits import routing
from coopcircuits.auth.hooks import on_sign_in
from coopcircuits.i18n import _
from coopcircuits.page_cache import PageCache
from coopcircuits.row_version import RowVersions
from coopcircuits.templating import MenuItem, add_section, add_to_menu
from orders import followers, jobs, subscribers, urls  # noqa: F401 - the first three register themselves
from orders.cart import browser
from orders.order.words import line_name, line_unit, state_name, state_tone
from orders.order_cycle.queries import openings
from orders.payment.words import payment_words, refund_words, way_to_pay
from orders.shopfront import home
from shops.directory.opening import add_opening_info
from shops.permissions import Permission, may


def init_app(app: Flask) -> None:
    routing.add_rules(app, urls.RULES)
    _keep_shop_pages(app)
    _carry_baskets(app)
    add_to_menu(app, "shop", _shop_menu)
    add_section(app, "home", home.open_now)
    add_section(app, "home", home.how_it_works)
    add_opening_info(app, openings)
    _speak_of_orders(app)
    add_to_menu(app, "shop", _orders_menu)
    add_to_menu(app, "account", _account_menu)


def _keep_shop_pages(app: Flask) -> None:
    """Visitors without basket or account get shop pages from memory."""
    versions = RowVersions(app.extensions["database"], table="shop_page", key="shop_id", column="version")
    personal = (app.config["SESSION_COOKIE_NAME"], browser.COOKIE)
    app.wsgi_app = PageCache(  # type: ignore[method-assign]  # Flask's documented way to add middleware
        app.wsgi_app, versions=versions, settings=app.extensions["settings"], personal=personal
    )


def _carry_baskets(app: Flask) -> None:
    """The basket in every page's header, and its way from a guest to an account."""
    app.jinja_env.globals["basket_count"] = browser.basket_count
    add_section(app, "header", lambda: Markup(render_template("orders/cart/header.html")))  # noqa: S704 - our template
    app.after_request(browser.keep_mark)
    on_sign_in(browser.hand_over)


def _shop_menu() -> list[MenuItem]:
    if "enterprise" not in g or not may(Permission.VIEW_ORDERS):
        return []
    return [MenuItem(_("Sales"), url_for("order_cycle.index", shop=g.enterprise.permalink), rank=-1)]


def _speak_of_orders(app: Flask) -> None:
    """Words for orders and payments in every template."""
    words = (state_name, state_tone, line_name, line_unit, way_to_pay, payment_words, refund_words)
    app.jinja_env.globals.update({word.__name__: word for word in words})


def _orders_menu() -> list[MenuItem]:
    if "enterprise" not in g or not may(Permission.VIEW_ORDERS):
        return []
    return [MenuItem(_("Orders"), url_for("distribution.orders", shop=g.enterprise.permalink), rank=-1)]


def _account_menu() -> list[MenuItem]:
    if not current_user.is_authenticated:
        return []
    return [MenuItem(_("My orders"), url_for("order.mine"))]
