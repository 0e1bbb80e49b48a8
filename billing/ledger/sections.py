"""Parts of other pages that the books fill."""

from flask import g, render_template
from markupsafe import Markup

from billing.ledger import accounts, queries
from coopcircuits.doors import read_session


def on_contribution() -> Markup | None:
    """How a shop's account stands, once there is one."""
    session, shop = read_session(), g.enterprise
    if not accounts.count_moves(session, shop.id):
        return None
    owed = accounts.owed_by(session, shop.id)
    return Markup(render_template("billing/ledger/contribution.html", shop=shop, owed=owed))  # noqa: S704 - our own template


def on_exports() -> Markup | None:
    """The files of the books, year by year."""
    years = queries.years(read_session())
    return Markup(render_template("billing/ledger/files.html", years=years)) if years else None  # noqa: S704 - our own template
