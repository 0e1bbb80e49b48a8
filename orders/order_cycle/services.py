"""Plan a cycle, change it, repeat it, close it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.references import new_reference
from orders.events import CycleChanged, CycleClosed, CycleOpened
from orders.offer import queries as offer_queries
from orders.offer import services as offers
from orders.order_cycle import queries
from orders.order_cycle.local_time import later_by_days
from orders.order_cycle.models import CycleFee, OrderCycle, Slot
from orders.order_cycle.planning import days_until_next
from orders.order_cycle.slots import SlotSpec
from orders.shopfront.services import touch
from shops.enterprise.models import Enterprise
from shops.fee import queries as fees


def open_cycle(
    session: Session,
    *,
    actor: Actor,
    shop_id: int,
    name: str,
    opens_at: datetime,
    closes_at: datetime,
    variant_ids: Collection[int],
    slots: Sequence[SlotSpec],
    fee_ids: Collection[int],
) -> OrderCycle:
    """Plan a cycle with its offers, slots and fees; it sells from ``opens_at`` included to ``closes_at`` excluded.

    Variants must be the shop's own or of producers who supply it, slots at its own pickup points and after the
    closing, fees its own. Raises :class:`InvalidInput`.
    """
    shop = session.get_one(Enterprise, shop_id)
    _check_dates(opens_at, closes_at)
    _check_slots(session, shop_id, closes_at, slots)
    _check_variants(session, shop, variant_ids)
    cycle = OrderCycle(
        reference=new_reference(),
        shop_id=shop_id,
        name=name,
        opens_at=opens_at,
        closes_at=closes_at,
        created_at=clock.now(),
        slots=[_slot(spec) for spec in slots],
    )
    session.add(cycle)
    session.flush()
    _set_fees(session, cycle, fee_ids)
    count = offers.put_on_sale(session, cycle=cycle, variant_ids=variant_ids)
    record(session, CycleOpened(cycle.id, shop_id, count), actor=actor)
    touch(session, shop_id=shop_id)
    return cycle


def change_cycle(
    session: Session,
    *,
    actor: Actor,
    shop_id: int,
    cycle_id: int,
    name: str,
    opens_at: datetime,
    closes_at: datetime,
    variant_ids: Collection[int],
    slots: Sequence[SlotSpec],
    fee_ids: Collection[int],
) -> OrderCycle:
    """Write a cycle anew. What left the list is withdrawn, and lines already ordered stay as they are.

    A slot in which somebody collects keeps its place and time, and holds at least the orders it has. Raises
    :class:`InvalidInput`.
    """
    shop = session.get_one(Enterprise, shop_id)
    cycle = queries.lock_cycle(session, shop_id=shop_id, cycle_id=cycle_id)
    _check_dates(opens_at, closes_at)
    _check_slots(session, shop_id, closes_at, slots)
    sold = offer_queries.offers_of(session, cycle_id=cycle_id)
    listed = {offer.variant_id for offer in sold if offer.withdrawn_at is None}
    _check_variants(session, shop, set(variant_ids) - listed, most_kept=len(listed & set(variant_ids)))
    if closes_at > max(cycle.closes_at, clock.now()):
        cycle.processed_at = None  # it sells again, so it will have to be closed again
    moved = closes_at != cycle.closes_at
    cycle.name, cycle.opens_at, cycle.closes_at = name, opens_at, closes_at
    if moved:
        offers.move_closing(session, cycle=cycle)
    _change_slots(session, cycle, slots)
    session.flush()
    _set_fees(session, cycle, fee_ids)
    added = offers.put_on_sale(session, cycle=cycle, variant_ids=variant_ids)
    gone = listed - set(variant_ids)
    if gone:
        offers.withdraw(session, cycle_id=cycle_id, variant_ids=gone)
    offers.refresh_offers(session, cycle_id=cycle_id)
    record(session, CycleChanged(cycle.id, shop_id, added, len(gone)), actor=actor)
    touch(session, shop_id=shop_id)
    return cycle


def repeat_cycle(session: Session, *, actor: Actor, shop_id: int, cycle_id: int, name: str) -> OrderCycle:
    """Plan the same cycle again a week later, or as many weeks as it takes for it to lie ahead.

    Wall-clock times stay the same across a change to summer time. What was withdrawn, deleted or is no longer
    supplied is left out.
    """
    cycle = queries.lock_cycle(session, shop_id=shop_id, cycle_id=cycle_id)
    shop = session.get_one(Enterprise, shop_id)
    days = days_until_next(cycle, shop.zone)
    listed = [o.variant_id for o in offer_queries.offers_of(session, cycle_id=cycle_id) if o.withdrawn_at is None]
    sellable = queries.sellable_ids(session, shop=shop)
    return open_cycle(
        session,
        actor=actor,
        shop_id=shop_id,
        name=name,
        opens_at=later_by_days(cycle.opens_at, days, shop.zone),
        closes_at=later_by_days(cycle.closes_at, days, shop.zone),
        variant_ids=[variant_id for variant_id in listed if variant_id in sellable],
        slots=[
            SlotSpec(
                slot.method_id,
                later_by_days(slot.starts_at, days, shop.zone),
                later_by_days(slot.ends_at, days, shop.zone),
                slot.capacity,
            )
            for slot in cycle.slots
            if slot.method.deleted_at is None
        ],
        fee_ids=queries.fee_ids(session, cycle_id=cycle_id) & {fee.id for fee in fees.fees_of(session, shop_id)},
    )


def close_cycle(session: Session, *, cycle_id: int) -> bool:
    """Record that a cycle is over; says whether this call did it, so that two workers record it once."""
    now = clock.now()
    shop_id = session.scalar(
        update(OrderCycle)
        .where(OrderCycle.id == cycle_id, OrderCycle.closes_at <= now, OrderCycle.processed_at.is_(None))
        .values(processed_at=now)
        .returning(OrderCycle.shop_id)
    )
    if shop_id is None:
        return False
    record(session, CycleClosed(cycle_id, shop_id), actor=SYSTEM)
    touch(session, shop_id=shop_id)
    return True


def _check_dates(opens_at: datetime, closes_at: datetime) -> None:
    if closes_at <= opens_at:
        raise InvalidInput(N_("The sale must close after it opens."), field="closes_on")


def _check_slots(session: Session, shop_id: int, closes_at: datetime, slots: Sequence[SlotSpec]) -> None:
    if not slots:
        raise InvalidInput(N_("Choose at least one pickup slot."), field="slots")
    if not {slot.method_id for slot in slots} <= queries.method_ids(session, shop_id=shop_id):
        raise NotFound
    if any(slot.starts_at < closes_at for slot in slots):
        raise InvalidInput(N_("A pickup slot must start after the sale has closed."), field="slots")


def _check_variants(session: Session, shop: Enterprise, variant_ids: Collection[int], *, most_kept: int = 0) -> None:
    if not variant_ids and not most_kept:
        raise InvalidInput(N_("Choose at least one product."), field="variants")
    if not set(variant_ids) <= queries.sellable_ids(session, shop=shop):
        raise InvalidInput(
            N_("One of these products is no longer available to your shop. The list below is up to date."),
            field="variants",
        )


def _slot(spec: SlotSpec) -> Slot:
    return Slot(
        method_id=spec.method_id, starts_at=spec.starts_at, ends_at=spec.ends_at, capacity=spec.capacity, taken=0
    )


def _change_slots(session: Session, cycle: OrderCycle, wanted: Sequence[SlotSpec]) -> None:
    """Keep the slots that are still wanted, add the new ones, drop the others unless somebody collects there."""
    left = {(spec.method_id, spec.starts_at, spec.ends_at): spec for spec in wanted}
    for slot in list(cycle.slots):
        spec = left.pop((slot.method_id, slot.starts_at, slot.ends_at), None)
        if spec is not None:
            if spec.capacity is not None and spec.capacity < slot.taken:
                raise InvalidInput(
                    N_("%(taken)s orders are already expected in this slot; it cannot hold fewer."),
                    field="slots",
                    taken=slot.taken,
                )
            slot.capacity = spec.capacity
        elif slot.taken:
            raise InvalidInput(
                N_("%(taken)s orders are expected in a slot that you removed. Please keep it."),
                field="slots",
                taken=slot.taken,
            )
        elif queries.has_been_chosen(session, slot_id=slot.id):
            slot.capacity = 0
        else:
            cycle.slots.remove(slot)
            session.delete(slot)
    cycle.slots.extend(_slot(spec) for spec in left.values())


def _set_fees(session: Session, cycle: OrderCycle, fee_ids: Collection[int]) -> None:
    if not set(fee_ids) <= {fee.id for fee in fees.fees_of(session, cycle.shop_id)}:
        raise NotFound
    present = queries.fee_ids(session, cycle_id=cycle.id)
    for fee_id in present - set(fee_ids):
        session.delete(session.get_one(CycleFee, (cycle.id, fee_id)))
    session.add_all(CycleFee(cycle_id=cycle.id, fee_id=fee_id) for fee_id in set(fee_ids) - present)
    session.flush()
