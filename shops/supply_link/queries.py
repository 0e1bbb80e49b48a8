"""Reading who lets whom sell."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.references import plain
from shops.enterprise.models import Enterprise, EnterpriseState, Sells, Visibility
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


def catalogues_edited_by(session: Session, hub_id: int) -> Sequence[Enterprise]:
    """Producers whose catalogue the hub may edit for them."""
    return session.scalars(
        select(Enterprise)
        .join(SupplyLink, SupplyLink.producer_id == Enterprise.id)
        .where(SupplyLink.hub_id == hub_id, SupplyLink.revoked_at.is_(None), SupplyLink.edits_catalogue)
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


def hubs_ever(session: Session, *, producer_id: int) -> Sequence[int]:
    """Shops that may or might once sell this producer's products."""
    return session.scalars(select(SupplyLink.hub_id).where(SupplyLink.producer_id == producer_id)).all()


def shops_selling(session: Session, *, producer_id: int) -> Sequence[Enterprise]:
    """Shops open to the public that may sell this producer's products, by name."""
    return session.scalars(
        select(Enterprise)
        .join(SupplyLink, SupplyLink.hub_id == Enterprise.id)
        .where(
            SupplyLink.producer_id == producer_id,
            SupplyLink.revoked_at.is_(None),
            Enterprise.state == EnterpriseState.ACTIVE,
            Enterprise.visibility == Visibility.PUBLIC,
        )
        .order_by(Enterprise.name_key)
    ).all()


def hubs_found(session: Session, *, words: str, but: int, most: int = 20) -> Sequence[Enterprise]:
    """Shops that sell others' products and bear these words in their name or town; not those who may already."""
    granted = select(SupplyLink.hub_id).where(SupplyLink.producer_id == but, SupplyLink.revoked_at.is_(None))
    wanted = select(Enterprise).where(
        Enterprise.id != but,
        Enterprise.id.not_in(granted),
        Enterprise.sells == Sells.ANY,
        Enterprise.state == EnterpriseState.ACTIVE,
        Enterprise.visibility != Visibility.HIDDEN,
    )
    for word in plain(words).split()[:6]:
        wanted = wanted.where(
            or_(
                Enterprise.name_key.contains(word, autoescape=True),
                Enterprise.city.icontains(word, autoescape=True),
                Enterprise.postcode.startswith(word, autoescape=True),
            )
        )
    return session.scalars(wanted.order_by(Enterprise.name_key).limit(most)).all()


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
