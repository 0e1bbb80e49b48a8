"""What the checkout needs to know beside the basket."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coopcircuits import clock
from coopcircuits.errors import NotFound
from orders.order_cycle.models import OrderCycle, Slot
from shops.enterprise.models import Enterprise


def cycle_and_shop(session: Session, *, cycle_id: int) -> tuple[OrderCycle, Enterprise]:
    """A cycle and the shop that runs it; raises :class:`NotFound`."""
    cycle = session.scalar(select(OrderCycle).where(OrderCycle.id == cycle_id).options(joinedload(OrderCycle.shop)))
    if cycle is None:
        raise NotFound
    return cycle, cycle.shop


def slot_of(session: Session, *, cycle_id: int, slot_id: int) -> Slot | None:
    """A slot of this cycle with its pickup point."""
    return session.scalar(
        select(Slot).where(Slot.id == slot_id, Slot.cycle_id == cycle_id).options(joinedload(Slot.method))
    )


def slots_to_choose(session: Session, *, cycle_id: int) -> Sequence[Slot]:
    """The slots of a cycle that are not over, with their pickup point, in the order of time."""
    return session.scalars(
        select(Slot)
        .where(Slot.cycle_id == cycle_id, Slot.ends_at > clock.now())
        .options(joinedload(Slot.method))
        .order_by(Slot.starts_at, Slot.id)
    ).all()
