"""Reading who lets whom sell."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from shops.enterprise.models import Enterprise, EnterpriseState
from shops.supply_link.models import SupplyLink


def suppliers_of(session: Session, hub_id: int) -> Sequence[Enterprise]:
    """Producers whose products the hub may put on sale, by name; the hub itself is not among them."""
    return session.scalars(
        select(Enterprise)
        .join(SupplyLink, SupplyLink.producer_id == Enterprise.id)
        .where(
            SupplyLink.hub_id == hub_id,
            SupplyLink.revoked_at.is_(None),
            Enterprise.state != EnterpriseState.CLOSED,
        )
        .order_by(Enterprise.name_key)
    ).all()


def links_from(session: Session, *, producer_id: int) -> Sequence[SupplyLink]:
    """Live permissions that a producer has given, with their hub."""
    return session.scalars(
        select(SupplyLink)
        .join(SupplyLink.hub)
        .where(SupplyLink.producer_id == producer_id, SupplyLink.revoked_at.is_(None))
        .options(joinedload(SupplyLink.hub))
        .order_by(Enterprise.name_key)
    ).all()


def may_sell(session: Session, *, producer_id: int, hub_id: int) -> bool:
    """Whether the hub may put the producer's products on sale; anybody may sell their own."""
    if producer_id == hub_id:
        return True
    return (
        session.scalar(
            select(SupplyLink.id).where(
                SupplyLink.producer_id == producer_id, SupplyLink.hub_id == hub_id, SupplyLink.revoked_at.is_(None)
            )
        )
        is not None
    )
