"""Let a hub sell a producer's products, or not any more."""

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from shops.enterprise.models import Sells
from shops.enterprise.queries import by_id
from shops.events import SupplyLinkGranted, SupplyLinkRevoked
from shops.supply_link.models import SupplyLink


def grant(
    session: Session, *, producer_id: int, hub_id: int, actor: Actor, edits_catalogue: bool = False
) -> SupplyLink:
    """The producer lets the hub put its products on sale, and edit its catalogue if it says so.

    Granting again changes only that; raises :class:`InvalidInput` when the other one is not a hub.
    """
    if producer_id == hub_id:
        raise InvalidInput(N_("An enterprise may always sell its own products."), field="hub")
    if by_id(session, hub_id).sells is not Sells.ANY:
        raise InvalidInput(N_("This shop sells only what it produces."), field="hub")
    link = _link(session, producer_id, hub_id)
    if link is None:
        link = SupplyLink(
            producer_id=producer_id, hub_id=hub_id, edits_catalogue=edits_catalogue, granted_at=clock.now()
        )
        try:
            with session.begin_nested():
                session.add(link)
        except IntegrityError:  # granted by somebody else at the same moment
            return session.scalars(_of(producer_id, hub_id)).one()
    elif link.revoked_at is None and link.edits_catalogue == edits_catalogue:
        return link
    elif link.revoked_at is None:
        link.edits_catalogue = edits_catalogue
    else:
        link.granted_at, link.revoked_at, link.edits_catalogue = clock.now(), None, edits_catalogue
    session.flush()
    record(session, SupplyLinkGranted(producer_id, hub_id), actor=actor)
    return link


def revoke(session: Session, *, producer_id: int, hub_id: int, actor: Actor) -> None:
    """End the permission, from either side; what was ordered stays ordered."""
    link = _link(session, producer_id, hub_id)
    if link is None or link.revoked_at is not None:
        return
    link.revoked_at = clock.now()
    session.flush()
    record(session, SupplyLinkRevoked(producer_id, hub_id), actor=actor)


def _link(session: Session, producer_id: int, hub_id: int) -> SupplyLink | None:
    return session.scalar(_of(producer_id, hub_id).with_for_update())


def _of(producer_id: int, hub_id: int) -> Select[SupplyLink]:
    return select(SupplyLink).where(SupplyLink.producer_id == producer_id, SupplyLink.hub_id == hub_id)
