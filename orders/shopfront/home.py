"""The front page's part of this floor: who is open now, and how it works."""

from flask import render_template
from markupsafe import Markup

from coopcircuits.doors import read_session
from orders.order_cycle import queries as cycles

_MOST = 6


def open_now() -> Markup | None:
    """Shops that take orders now, those that close first at the head; nothing when all are closed."""
    found = {cycle.shop_id: cycle for cycle in reversed(cycles.open_cycles(read_session(), most=_MOST * 2))}
    soonest = sorted(found.values(), key=lambda cycle: (cycle.closes_at, cycle.id))[:_MOST]
    if not soonest:
        return None
    return Markup(render_template("orders/home/open_now.html", cycles=soonest))  # noqa: S704 - our own template


def how_it_works() -> Markup:
    """Three drawings."""
    return Markup(render_template("orders/home/how_it_works.html"))  # noqa: S704 - our own template
