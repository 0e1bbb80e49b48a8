"""Reading enterprises and their people."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.auth.models import User
from coopcircuits.db import table
from coopcircuits.errors import NotFound
from shops.enterprise.models import Enterprise, EnterpriseState, StaffMember, StaffRole

_enterprise = table(Enterprise).c
_ZONE = select(_enterprise.zone).where(_enterprise.id == bindparam("enterprise_id"))


def by_permalink(session: Session, permalink: str) -> Enterprise:
    """The enterprise of an address; raises :class:`NotFound`."""
    found = None
    if permalink.isprintable():  # what cannot be printed is in no address, and PostgreSQL refuses a NUL
        found = session.scalar(select(Enterprise).where(Enterprise.permalink == permalink))
    if found is None:
        raise NotFound
    return found


def by_id(session: Session, enterprise_id: int) -> Enterprise:
    """An enterprise as this session sees it; raises :class:`NotFound`."""
    found = session.get(Enterprise, enterprise_id)
    if found is None:
        raise NotFound
    return found


def zone_of(session: Session, enterprise_id: int) -> str:
    """The time zone of an enterprise (IANA name)."""
    return str(session.execute(_ZONE, {"enterprise_id": enterprise_id}).scalar_one())


def lock_enterprise(session: Session, enterprise_id: int) -> Enterprise:
    """The enterprise, held until the transaction ends, so that changes of one happen in turn."""
    found = session.scalar(
        select(Enterprise)
        .where(Enterprise.id == enterprise_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def by_ids(session: Session, enterprise_ids: Collection[int]) -> dict[int, Enterprise]:
    """Enterprises by id."""
    rows = session.scalars(select(Enterprise).where(Enterprise.id.in_(enterprise_ids)))
    return {row.id: row for row in rows}


def name_is_taken(session: Session, *, name_key: str, postcode: str, but: int | None = None) -> bool:
    """Whether another enterprise bears this name (without case or accents) under this postcode."""
    wanted = select(Enterprise.id).where(Enterprise.name_key == name_key, Enterprise.postcode == postcode)
    return session.scalar(wanted.where(Enterprise.id != but) if but else wanted) is not None


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


def staff_of(session: Session, *, enterprise_id: int) -> Sequence[StaffMember]:
    """Everybody who works in an enterprise, first come first, with their account."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.enterprise_id == enterprise_id)
        .options(joinedload(StaffMember.user))
        .order_by(StaffMember.id)
    ).all()


def notified_people(session: Session, *, enterprise_id: int) -> Sequence[StaffMember]:
    """Staff who get the enterprise's mails."""
    return [member for member in staff_of(session, enterprise_id=enterprise_id) if member.notified]


def count_owners(session: Session, *, enterprise_id: int) -> int:
    return (
        session.scalar(
            select(func.count()).where(StaffMember.enterprise_id == enterprise_id, StaffMember.role == StaffRole.OWNER)
        )
        or 0
    )


def has_confirmed_owner(session: Session, *, enterprise_id: int) -> bool:
    """Whether an owner has shown that their e-mail address is theirs."""
    return (
        session.scalar(
            select(StaffMember.id)
            .join(StaffMember.user)
            .where(
                StaffMember.enterprise_id == enterprise_id,
                StaffMember.role == StaffRole.OWNER,
                User.confirmed_at.is_not(None),
            )
            .limit(1)
        )
        is not None
    )
