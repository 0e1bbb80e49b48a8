"""Reading where a shop's orders are collected."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coopcircuits.errors import NotFound
from shops.delivery.models import DeliveryMethod


def pickup_points(session: Session, enterprise_id: int) -> Sequence[DeliveryMethod]:
    """Live pickup points of a shop with their weekly hours, oldest first."""
    return session.scalars(
        select(DeliveryMethod)
        .where(DeliveryMethod.enterprise_id == enterprise_id, DeliveryMethod.deleted_at.is_(None))
        .options(selectinload(DeliveryMethod.hours))
        .order_by(DeliveryMethod.id)
    ).all()


def pickup_point_of(session: Session, *, enterprise_id: int, method_id: int) -> DeliveryMethod:
    """One live pickup point of this shop with its hours; raises :class:`NotFound`."""
    found = session.scalar(
        select(DeliveryMethod)
        .where(
            DeliveryMethod.id == method_id,
            DeliveryMethod.enterprise_id == enterprise_id,
            DeliveryMethod.deleted_at.is_(None),
        )
        .options(selectinload(DeliveryMethod.hours))
    )
    if found is None:
        raise NotFound
    return found
