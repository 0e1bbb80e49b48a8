"""Reading enterprises and their people."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.errors import NotFound
from shops.enterprise.models import Enterprise, EnterpriseState, StaffMember, StaffRole


def by_permalink(session: Session, permalink: str) -> Enterprise:
    """The enterprise of an address; raises :class:`NotFound`."""
    found = session.scalar(select(Enterprise).where(Enterprise.permalink == permalink))
    if found is None:
        raise NotFound
    return found


def role_of(session: Session, *, enterprise_id: int, user_id: int) -> StaffRole | None:
    """What a person is in an enterprise."""
    return session.scalar(
        select(StaffMember.role).where(StaffMember.enterprise_id == enterprise_id, StaffMember.user_id == user_id)
    )


def enterprises_of(session: Session, *, user_id: int) -> Sequence[StaffMember]:
    """The enterprises a person works in, by name, with their role."""
    return session.scalars(
        select(StaffMember)
        .join(StaffMember.enterprise)
        .where(StaffMember.user_id == user_id, Enterprise.state != EnterpriseState.CLOSED)
        .options(joinedload(StaffMember.enterprise))
        .order_by(Enterprise.name_key)
    ).all()


def notified_people(session: Session, *, enterprise_id: int) -> Sequence[StaffMember]:
    """Staff who get the enterprise's mails."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.enterprise_id == enterprise_id, StaffMember.notified)
        .options(joinedload(StaffMember.user))
        .order_by(StaffMember.id)
    ).all()
