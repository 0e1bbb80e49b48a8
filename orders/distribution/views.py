"""The manager's day, the list of orders, the packing list."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from coopcircuits.asked import Page, asked_page, asked_words
from coopcircuits.doors import read_session
from orders.distribution import packing as arrangement
from orders.distribution import queries
from orders.distribution.queries import PER_PAGE, OrderList, Shelf
from orders.distribution.sheet import packing_csv
from orders.order_cycle.queries import current_cycle, cycle_of
from shops.enterprise.services import is_ready_to_sell
from shops.permissions import current_enterprise


def day(shop: str) -> ResponseReturnValue:
    """What needs somebody now."""
    session, enterprise = read_session(), current_enterprise()
    return render_template(
        "orders/distribution/day.html",
        day=queries.day(session, enterprise),
        missing=is_ready_to_sell(session, enterprise.id),
        cycle=current_cycle(session, enterprise.id),
    )


def orders(shop: str) -> ResponseReturnValue:
    """The shop's orders by list, cycle and words."""
    session, enterprise = read_session(), current_enterprise()
    shelf = _asked_shelf()
    reference = request.args.get("cycle", "")
    cycle = cycle_of(session, shop_id=enterprise.id, reference=reference) if reference else None
    words, number = asked_words(), asked_page()
    found: OrderList = queries.orders(
        session,
        shop_id=enterprise.id,
        shelf=shelf,
        cycle_id=cycle.id if cycle else None,
        words=words,
        page=number,
    )
    return render_template(
        "orders/distribution/orders.html",
        found=found,
        shelf=shelf,
        shelves=list(Shelf),
        cycle=cycle,
        cycles=queries.cycles(session, shop_id=enterprise.id),
        words=words,
        page=Page(number, found.count, PER_PAGE),
    )


def packing(shop: str, reference: str) -> ResponseReturnValue:
    """What to pack for whom, to be printed or ticked on a phone."""
    session, enterprise = read_session(), current_enterprise()
    cycle = cycle_of(session, shop_id=enterprise.id, reference=reference)
    found = queries.to_pack(session, cycle_id=cycle.id)
    return render_template(
        "orders/distribution/packing.html",
        cycle=cycle,
        by=request.args.get("by", "customer"),
        orders=found,
        rounds=arrangement.rounds(found),
        piles=arrangement.piles(found),
        to_pay=queries.to_pay(session, [order.id for order in found]),
    )


def packing_file(shop: str, reference: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    session, enterprise = read_session(), current_enterprise()
    cycle = cycle_of(session, shop_id=enterprise.id, reference=reference)
    found = queries.to_pack(session, cycle_id=cycle.id)
    body = packing_csv(found, to_pay=queries.to_pay(session, [order.id for order in found]), zone=enterprise.zone)
    return Response(
        body,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="packing-{cycle.reference}.csv"'},
    )


def _asked_shelf() -> Shelf:
    typed = request.args.get("shelf", "")
    return Shelf(typed) if typed in set(Shelf) else Shelf.ALL
