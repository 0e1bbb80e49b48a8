"""Reading a shop's fees."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from coopcircuits.errors import NotFound
from shops.fee.models import Fee


def fees_of(session: Session, enterprise_id: int) -> Sequence[Fee]:
    """Live fees of an enterprise, oldest first."""
    return session.scalars(
        select(Fee).where(Fee.enterprise_id == enterprise_id, Fee.deleted_at.is_(None)).order_by(Fee.id)
    ).all()


def fee_of(session: Session, *, enterprise_id: int, fee_id: int) -> Fee:
    """One live fee of this enterprise; raises :class:`NotFound`."""
    found = session.scalar(
        select(Fee).where(Fee.id == fee_id, Fee.enterprise_id == enterprise_id, Fee.deleted_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found
