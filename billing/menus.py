"""Where the pages of this floor stand in the menus."""

from flask import g, url_for
from flask_login import current_user

from coopcircuits.i18n import _
from coopcircuits.templating import MenuItem
from shops.permissions import Permission, may


def of_everybody() -> list[MenuItem]:
    if not current_user.is_authenticated or not current_user.is_cooperative:
        return []
    return [MenuItem(_("Cooperative"), url_for("review.dashboard"))]


def of_the_cooperative() -> list[MenuItem]:
    return [
        MenuItem(_("Statements"), url_for("review.queue")),
        MenuItem(_("Invoices"), url_for("invoice.index")),
        MenuItem(_("Money received"), url_for("collection.index")),
        MenuItem(_("Books"), url_for("ledger.journal")),
        MenuItem(_("Schemes and rates"), url_for("scheme.rates")),
        MenuItem(_("Costs"), url_for("cost.index")),
        MenuItem(_("The commons"), url_for("commons.review")),
        MenuItem(_("Sister instances"), url_for("peer.index")),
    ]


def of_a_shop() -> list[MenuItem]:
    if "enterprise" not in g or not g.enterprise.is_shop or not may(Permission.VIEW_ACCOUNTS):
        return []
    return [MenuItem(_("Contribution"), url_for("scheme.contribution", shop=g.enterprise.permalink))]


def at_the_foot() -> list[MenuItem]:
    return [
        MenuItem(_("How shops contribute"), url_for("scheme.how")),
        MenuItem(_("Where the money goes"), url_for("cost.transparency")),
        MenuItem(_("The commons"), url_for("commons.public")),
    ]
