"""Set a shop's pickup points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from shops.delivery import queries
from shops.delivery.models import DeliveryMethod, OpeningHours
from shops.directory import postcodes
from shops.events import PickupChanged


@dataclass(frozen=True)
class HoursSpec:
    """A weekly span on the shop's wall clock; ``weekday`` 0 is Monday; without ``capacity`` no limit of orders."""

    weekday: int
    starts: time
    ends: time
    capacity: int | None


def add_pickup_point(
    session: Session,
    *,
    actor: Actor,
    enterprise_id: int,
    name: str,
    street: str,
    postcode: str,
    city: str,
    instructions: str,
    fee: int,
    hours: Sequence[HoursSpec],
) -> DeliveryMethod:
    """A place where orders are collected; ``fee`` is tax-included minor units."""
    method = DeliveryMethod(enterprise_id=enterprise_id)
    session.add(method)
    return _write(session, method, actor, name, street, postcode, city, instructions, fee, hours)


def edit_pickup_point(
    session: Session,
    *,
    actor: Actor,
    enterprise_id: int,
    method_id: int,
    name: str,
    street: str,
    postcode: str,
    city: str,
    instructions: str,
    fee: int,
    hours: Sequence[HoursSpec],
) -> DeliveryMethod:
    """Write a pickup point again; slots of cycles that exist already keep their times."""
    method = queries.pickup_point_of(session, enterprise_id=enterprise_id, method_id=method_id)
    for span in method.hours:
        session.delete(span)
    return _write(session, method, actor, name, street, postcode, city, instructions, fee, hours)


def remove_pickup_point(session: Session, *, actor: Actor, enterprise_id: int, method_id: int) -> None:
    """Stop using a place; orders to be collected there stay."""
    method = queries.pickup_point_of(session, enterprise_id=enterprise_id, method_id=method_id)
    method.deleted_at = clock.now()
    session.flush()
    record(session, PickupChanged(method.id, enterprise_id), actor=actor)


def _write(
    session: Session,
    method: DeliveryMethod,
    actor: Actor,
    name: str,
    street: str,
    postcode: str,
    city: str,
    instructions: str,
    fee: int,
    hours: Sequence[HoursSpec],
) -> DeliveryMethod:
    if any(span.ends <= span.starts for span in hours):
        raise InvalidInput(N_("A slot ends after it starts."), field="hours")
    method.name, method.street, method.postcode, method.city = name, street, postcode, city
    method.instructions, method.fee = instructions, fee
    method.latitude = method.longitude = None
    for place in postcodes.find(f"{postcode} {city}", limit=1):
        method.latitude, method.longitude = place.point
    method.hours = [
        OpeningHours(weekday=span.weekday, starts=span.starts, ends=span.ends, capacity=span.capacity)
        for span in sorted(hours, key=lambda span: (span.weekday, span.starts))
    ]
    session.flush()
    record(session, PickupChanged(method.id, method.enterprise_id), actor=actor)
    return method
