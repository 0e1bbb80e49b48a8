"""A shop's cycles: the list, the one page that plans or changes one, the one press that repeats one."""

from dataclasses import asdict
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth.login import current_actor
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import DomainError
from coopcircuits.i18n import _
from coopcircuits.templating import when_text
from orders.offer import queries as offers
from orders.order_cycle import planning, queries, services
from orders.order_cycle.forms import CycleForm
from orders.order_cycle.models import OrderCycle
from shops.delivery.queries import pickup_points
from shops.enterprise.services import is_ready_to_sell
from shops.fee.queries import fees_of
from shops.permissions import current_enterprise


def index(shop: str) -> ResponseReturnValue:
    """The shop's cycles, present ones first, with what each has brought, and next week's one press away."""
    session, enterprise = read_session(), current_enterprise()
    last = queries.last_cycle(session, shop_id=enterprise.id)
    return render_template(
        "orders/order_cycle/index.html",
        rows=queries.with_figures(session, shop_id=enterprise.id),
        last=last,
        next_times=planning.next_times(last, enterprise.zone) if last else None,
    )


def new(shop: str) -> ResponseReturnValue:
    """The form of a new cycle, filled with what the shop will probably want."""
    session, enterprise = read_session(), current_enterprise()
    sellable = queries.sellable_variants(session, shop=enterprise)
    last = queries.last_cycle(session, shop_id=enterprise.id)
    places = pickup_points(session, enterprise.id)
    times = planning.suggested_times(last, [span for place in places for span in place.hours], enterprise.zone)
    form = CycleForm.posted(
        data={
            **asdict(times),
            "name": planning.suggested_name(times.closes_at(enterprise.zone), enterprise.zone),
            "variants": planning.suggested_variants(sellable, enterprise.id, queries.listed_variants(session, last)),
            "slots": [choice.key for choice in planning.slot_choices(places, None, enterprise.zone)],
            "fees": [fee.id for fee in fees_of(session, enterprise.id)],
        }
    )
    return _page(session, form, None)


def create(shop: str) -> ResponseReturnValue:
    """Plan the cycle."""
    enterprise, form = current_enterprise(), CycleForm.posted()
    choices = planning.slot_choices(pickup_points(read_session(), enterprise.id), None, enterprise.zone)
    if form.accepted:
        try:
            plan = form.plan(choices, _capacities(), enterprise.zone)
            with transaction() as session:
                cycle = services.open_cycle(session, actor=current_actor(), shop_id=enterprise.id, **vars(plan))
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_opening_words(cycle, enterprise.zone), "success")
            return redirect(url_for("order_cycle.index", shop=shop))
    return _page(read_session(), form, None), 422


def edit(shop: str, reference: str) -> ResponseReturnValue:
    """The form of a cycle that exists."""
    session, enterprise = read_session(), current_enterprise()
    cycle = queries.cycle_of(session, shop_id=enterprise.id, reference=reference)
    listed = offers.offers_of(session, cycle_id=cycle.id)
    form = CycleForm.posted(
        data={
            **asdict(planning.Times.of(cycle.opens_at, cycle.closes_at, enterprise.zone)),
            "name": cycle.name,
            "variants": [offer.variant_id for offer in listed if offer.withdrawn_at is None],
            "slots": [choice.key for choice in planning.slot_choices([], cycle, enterprise.zone)],
            "fees": list(queries.fee_ids(session, cycle_id=cycle.id)),
        }
    )
    return _page(session, form, cycle)


def save(shop: str, reference: str) -> ResponseReturnValue:
    """Change the cycle."""
    enterprise, form = current_enterprise(), CycleForm.posted()
    cycle = queries.cycle_of(read_session(), shop_id=enterprise.id, reference=reference)
    choices = planning.slot_choices(pickup_points(read_session(), enterprise.id), cycle, enterprise.zone)
    if form.accepted:
        try:
            plan = form.plan(choices, _capacities(), enterprise.zone)
            with transaction() as session:
                services.change_cycle(
                    session, actor=current_actor(), shop_id=enterprise.id, cycle_id=cycle.id, **vars(plan)
                )
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The sale is saved."), "success")
            return redirect(url_for("order_cycle.index", shop=shop))
    cycle = queries.cycle_of(read_session(), shop_id=enterprise.id, reference=reference)
    return _page(read_session(), form, cycle), 422


def repeat(shop: str, reference: str) -> ResponseReturnValue:
    """Plan the same cycle again, one week on."""
    enterprise = current_enterprise()
    with transaction() as session:
        last = queries.cycle_of(session, shop_id=enterprise.id, reference=reference)
        _opens_at, closes_at = planning.next_times(last, enterprise.zone)
        cycle = services.repeat_cycle(
            session,
            actor=current_actor(),
            shop_id=enterprise.id,
            cycle_id=last.id,
            name=planning.suggested_name(closes_at, enterprise.zone),
        )
    flash(_opening_words(cycle, enterprise.zone), "success")
    return redirect(url_for("order_cycle.edit", shop=shop, reference=cycle.reference))


def _capacities() -> dict[str, str]:
    return {
        name.removeprefix("capacity-"): typed for name, typed in request.form.items() if name.startswith("capacity-")
    }


def _closing(form: CycleForm, zone: str) -> datetime | None:
    """The closing as it is typed now, from which the list of slots shows its dates."""
    if form.closes_on.data is None or form.closes_time.data is None:
        return None
    return clock.at_local(form.closes_on.data, form.closes_time.data.hour, form.closes_time.data.minute, zone)


def _opening_words(cycle: OrderCycle, zone: str) -> str:
    opens, closes = when_text(cycle.opens_at, zone), when_text(cycle.closes_at, zone)
    return _(
        "“%(name)s” is planned: it opens %(opens)s and closes %(closes)s.", name=cycle.name, opens=opens, closes=closes
    )


def _page(session: Session, form: CycleForm, cycle: OrderCycle | None) -> str:
    enterprise = current_enterprise()
    choices = planning.slot_choices(pickup_points(session, enterprise.id), cycle, enterprise.zone)
    closes_at = _closing(form, enterprise.zone)
    if closes_at is not None:
        choices.sort(key=lambda choice: choice.starts_at(closes_at, enterprise.zone))
    return render_template(
        "orders/order_cycle/form.html",
        form=form,
        cycle=cycle,
        aisles=planning.by_aisle(queries.sellable_variants(session, shop=enterprise)),
        slot_choices=choices,
        capacities=_capacities() if request.method == "POST" else None,
        closes_at=closes_at,
        fees=fees_of(session, enterprise.id),
        missing=is_ready_to_sell(session, enterprise.id),
    )
