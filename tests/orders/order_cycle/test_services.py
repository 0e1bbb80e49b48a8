"""Cycles: planned, changed, repeated, closed once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits import clock, jobs
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.events.models import Event
from orders.offer import queries as offer_queries
from orders.order_cycle import queries, services
from orders.order_cycle.local_time import read_local
from orders.order_cycle.models import CycleState, OrderCycle
from orders.order_cycle.slots import SlotSpec, slots_after
from shops.delivery.queries import pickup_points
from shops.enterprise.models import Enterprise, Sells
from shops.supply_link import services as supply_links
from tests.support.cycles import make_cycle, offers_of
from tests.support.shops import make_enterprise, make_product, make_shop, variant

PARIS, DAY = "Europe/Paris", timedelta(days=1)


def slots_of(session: Session, shop: Enterprise, closes_at: datetime) -> list[SlotSpec]:
    spans = [span for point in pickup_points(session, shop.id) for span in point.hours]
    return slots_after(spans, closes_at, shop.zone)


def change(session: Session, cycle: OrderCycle, **given: Any) -> OrderCycle:
    values: dict[str, Any] = {
        "name": cycle.name,
        "opens_at": cycle.opens_at,
        "closes_at": cycle.closes_at,
        "variant_ids": [o.variant_id for o in offers_of(session, cycle) if o.withdrawn_at is None],
        "slots": [SlotSpec(s.method_id, s.starts_at, s.ends_at, s.capacity) for s in cycle.slots],
        "fee_ids": [],
    }
    return services.change_cycle(session, actor=SYSTEM, shop_id=cycle.shop_id, cycle_id=cycle.id, **{**values, **given})


def on_sale(session: Session, cycle: OrderCycle) -> Sequence[int]:
    return [item.offer.variant_id for item in offer_queries.on_sale(session, cycle_id=cycle.id)]


def test_it_is_open_from_its_opening_included_to_its_closing_excluded(session: Session) -> None:
    cycle = make_cycle(session)
    states = []
    for moment in (cycle.opens_at - timedelta(seconds=1), cycle.opens_at, cycle.closes_at):
        with clock.travel(moment):
            states.append(cycle.state)
    assert states == [CycleState.UPCOMING, CycleState.OPEN, CycleState.CLOSED]


def test_the_one_on_show_is_the_open_one_that_closes_first_else_the_next(session: Session) -> None:
    shop = make_shop(session)
    now = clock.now()
    far = make_cycle(session, shop, opens_at=now + timedelta(days=5), closes_at=now + timedelta(days=6))
    late = make_cycle(session, shop, opens_at=now - timedelta(days=2), closes_at=now + timedelta(days=3))
    soon = make_cycle(session, shop, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    expected = [(0, soon), (2, late), (4, far), (5.5, far), (7, None)]
    for days, cycle in expected:
        with clock.travel(now + timedelta(days=days)):
            assert queries.current_cycle(session, shop.id) == cycle
    with clock.travel(now + timedelta(days=7)):
        assert queries.cycles_by_interest(session, shop.id)[0] == far


def test_nonsense_is_refused_and_names_its_field(session: Session) -> None:
    shop = make_shop(session)
    product = make_product(session, shop)
    stranger = make_product(session, make_enterprise(session))
    elsewhere = pickup_points(session, make_shop(session).id)[0]
    now = clock.now()
    closes_at = now + timedelta(days=2)
    good: dict[str, Any] = {
        "closes_at": closes_at,
        "variant_ids": [product.variants[0].id],
        "slots": slots_of(session, shop, closes_at),
    }
    early = SlotSpec(good["slots"][0].method_id, now + timedelta(days=1), closes_at, None)
    refused = [
        ({"opens_at": closes_at}, "closes_on"),
        ({"variant_ids": []}, "variants"),
        ({"variant_ids": [stranger.variants[0].id]}, "variants"),
        ({"slots": []}, "slots"),
        ({"slots": [early]}, "slots"),
    ]
    for wrong, field in refused:
        with pytest.raises(InvalidInput) as refusal:
            make_cycle(session, shop, **{**good, **wrong})
        assert refusal.value.field == field
    with pytest.raises(NotFound):
        make_cycle(
            session, shop, **{**good, "slots": [SlotSpec(elsewhere.id, closes_at, closes_at + timedelta(hours=1), 1)]}
        )
    assert not queries.with_figures(session, shop_id=shop.id)


def test_a_hub_sells_what_its_suppliers_allow_until_they_revoke_it(session: Session) -> None:
    producer = make_enterprise(session)
    make_product(session, producer)
    hub = make_shop(session, sells=Sells.ANY, is_producer=False)
    supply_links.grant(session, producer_id=producer.id, hub_id=hub.id, actor=SYSTEM)
    assert len(on_sale(session, make_cycle(session, hub))) == 1
    supply_links.revoke(session, producer_id=producer.id, hub_id=hub.id, actor=SYSTEM)
    assert queries.sellable_variants(session, shop=hub) == []


def test_a_product_that_leaves_is_withdrawn_and_may_come_back(session: Session) -> None:
    cycle = make_cycle(session)
    one, other = [offer.variant_id for offer in offers_of(session, cycle)]
    kept_ids = {offer.variant_id: offer.id for offer in offers_of(session, cycle)}
    change(session, cycle, variant_ids=[other])
    assert on_sale(session, cycle) == [other]
    change(session, cycle, variant_ids=[one, other])
    assert on_sale(session, cycle) == [one, other]
    assert {offer.variant_id: offer.id for offer in offers_of(session, cycle)} == kept_ids


def test_a_slot_in_which_somebody_collects_stays(session: Session) -> None:
    cycle = make_cycle(session)
    first, second = cycle.slots
    first.taken = 3
    session.flush()
    rest = SlotSpec(second.method_id, second.starts_at, second.ends_at, 5)
    with pytest.raises(InvalidInput):
        change(session, cycle, slots=[rest])
    session.expire_all()
    cycle = queries.cycle_of(session, shop_id=cycle.shop_id, reference=cycle.reference)
    with pytest.raises(InvalidInput):
        change(session, cycle, slots=[rest, SlotSpec(first.method_id, first.starts_at, first.ends_at, 2)])
    change(session, cycle, slots=[rest, SlotSpec(first.method_id, first.starts_at, first.ends_at, 3)])
    assert [(slot.capacity, slot.taken) for slot in queries.slots_of(session, cycle_id=cycle.id)] == [(3, 3), (5, 0)]


def test_next_week_s_cycle_keeps_the_clock_time_across_the_end_of_summer(session: Session) -> None:
    with clock.travel(datetime(2026, 10, 17, 8, tzinfo=UTC)):
        shop = make_shop(session)
        cycle = make_cycle(
            session,
            shop,
            opens_at=read_local(date(2026, 10, 17), time(8), PARIS, field="x"),
            closes_at=read_local(date(2026, 10, 22), time(20), PARIS, field="x"),
        )
    with clock.travel(datetime(2026, 10, 23, 8, tzinfo=UTC)):
        again = services.repeat_cycle(session, actor=SYSTEM, shop_id=shop.id, cycle_id=cycle.id, name="Suivante")
    moments = [again.opens_at, again.closes_at, *(slot.starts_at for slot in again.slots)]
    shown = [f"{clock.local(moment, PARIS):%d/%m %H:%M}" for moment in moments]
    assert shown == ["24/10 08:00", "29/10 20:00", "30/10 17:00", "31/10 09:00"]
    assert on_sale(session, again) == on_sale(session, cycle)


def test_repeating_an_old_cycle_lands_in_the_future_without_what_is_gone(session: Session) -> None:
    shop = make_shop(session)
    make_product(session, shop, variants=[variant(), variant(unit_value=500)])
    cycle = make_cycle(session, shop)
    gone = offers_of(session, cycle)[0].variant_id
    change(session, cycle, variant_ids=[offers_of(session, cycle)[1].variant_id])
    with clock.travel(cycle.closes_at + timedelta(days=40)):
        again = services.repeat_cycle(session, actor=SYSTEM, shop_id=shop.id, cycle_id=cycle.id, name="Reprise")
        assert again.closes_at > clock.now() > again.closes_at - timedelta(days=7)
    assert gone not in on_sale(session, again)
    assert all(slot.taken == 0 for slot in again.slots)


def test_closing_is_recorded_once_by_two_workers_and_however_late(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        cycle = make_cycle(session)
        still_open = make_cycle(session)
    done: list[bool] = []

    def work() -> None:
        with clock.travel(cycle.closes_at + timedelta(days=40)), database.transaction() as session:
            done.append(services.close_cycle(session, cycle_id=cycle.id))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
    with app.app_context(), clock.travel(still_open.closes_at):
        assert jobs.run_once("orders.close_cycles", dry_run=True) == "1 vente à fermer"
        assert jobs.run_once("orders.close_cycles") == "1 vente fermée"
        assert jobs.run_once("orders.close_cycles") == ""
    with database.reading() as session:
        closed = session.scalars(select(Event.subject_id).where(Event.name == "CycleClosed").order_by(Event.id)).all()
        assert closed == [cycle.id, still_open.id]


def test_a_cycle_that_is_prolonged_will_be_closed_again(session: Session) -> None:
    cycle = make_cycle(session)
    with clock.travel(cycle.closes_at):
        assert services.close_cycle(session, cycle_id=cycle.id)
        session.expire_all()
        cycle = queries.cycle_of(session, shop_id=cycle.shop_id, reference=cycle.reference)
        later = cycle.closes_at + timedelta(hours=2)
        change(session, cycle, closes_at=later)
        assert cycle.processed_at is None
        assert not services.close_cycle(session, cycle_id=cycle.id)
    with clock.travel(later):
        assert services.close_cycle(session, cycle_id=cycle.id)


def test_offers_close_with_their_cycle_whenever_that_is(session: Session) -> None:
    shop = make_shop(session)
    cycle = make_cycle(session, shop)
    variant_id = offers_of(session, cycle)[0].variant_id
    for closes_at in (cycle.closes_at + DAY, clock.now() - timedelta(minutes=1), clock.now() + DAY):
        change(session, cycle, closes_at=closes_at, slots=slots_of(session, shop, closes_at))
        assert {offer.closes_at for offer in offers_of(session, cycle)} == {closes_at}
        on_sale_in = [shop.id] if closes_at > clock.now() else []
        assert offer_queries.shops_selling(session, variant_ids=[variant_id]) == on_sale_in


def test_only_the_last_of_the_past_cycles_is_of_interest(session: Session) -> None:
    shop, now = make_shop(session), clock.now()
    past = [
        make_cycle(session, shop, opens_at=now - timedelta(days=back + 3), closes_at=now - timedelta(days=back))
        for back in (1, 8, 15)
    ]
    coming = make_cycle(session, shop, opens_at=now + DAY, closes_at=now + 2 * DAY)
    present = make_cycle(session, shop)
    assert queries.cycles_by_interest(session, shop.id) == [present, coming, past[0]]


def test_another_shop_s_cycle_is_not_found(session: Session) -> None:
    cycle, other = make_cycle(session), make_shop(session)
    with pytest.raises(NotFound):
        queries.cycle_of(session, shop_id=other.id, reference=cycle.reference)
    with pytest.raises(NotFound):
        services.repeat_cycle(session, actor=SYSTEM, shop_id=other.id, cycle_id=cycle.id, name="x")
