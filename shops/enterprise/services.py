"""Create an enterprise, edit it, open it to the public, say who works there."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import DomainError, InvalidInput, NotFound
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.references import new_reference, permalink, plain
from shops.delivery.queries import pickup_points
from shops.directory import postcodes
from shops.enterprise import queries
from shops.enterprise.models import (
    Enterprise,
    EnterpriseState,
    Missing,
    Sells,
    StaffMember,
    StaffRole,
    VatStatus,
    Visibility,
)
from shops.errors import EmailNotConfirmed, LastOwner, NameTaken
from shops.events import (
    EnterpriseActivated,
    EnterpriseChanged,
    EnterpriseCreated,
    StaffAdded,
    StaffRemoved,
    StaffRoleChanged,
)
from shops.payment_method.queries import accepted
from shops.product.queries import has_products
from shops.supply_link.queries import suppliers_of


@dataclass(frozen=True)
class Profile:
    """What staff may say of their enterprise. Change one with ``dataclasses.replace(Profile.of(enterprise), …)``."""

    name: str
    is_producer: bool
    sells: Sells
    visibility: Visibility
    summary: str
    story: str
    labels: list[str]
    banner: str
    drawing: str
    email: str
    phone: str
    website: str
    street: str
    postcode: str
    city: str
    siret: str
    vat_number: str
    vat_status: VatStatus
    message_open: str
    message_closed: str

    @classmethod
    def of(cls, enterprise: Enterprise) -> "Profile":
        """The profile as it stands."""
        return cls(**{field.name: getattr(enterprise, field.name) for field in fields(cls)})


def name_key(name: str) -> str:
    """A name without case or accents, as long as its column is."""
    return plain(name)[:120]


def create_enterprise(
    session: Session,
    *,
    actor: Actor,
    owner_id: int,
    name: str,
    is_producer: bool,
    sells: Sells,
    email: str,
    phone: str,
    street: str,
    postcode: str,
    city: str,
    country: str,
    zone: str,
    currency: str,
) -> Enterprise:
    """A draft that only its owner sees. Raises :class:`NameTaken`.

    The permalink is the name, with the town or a random ending when somebody has it already.
    """
    if not is_producer and sells is Sells.NONE:
        raise InvalidInput(N_("Choose at least one of the two: you produce, or you sell."), field="kind")
    enterprise = Enterprise(
        name=name,
        name_key=name_key(name),
        is_producer=is_producer,
        sells=sells,
        email=email,
        phone=phone,
        street=street,
        postcode=postcode,
        city=city,
        country=country,
        zone=zone,
        currency=currency,
        labels=[],
        created_at=clock.now(),
    )
    _put_on_the_map(enterprise)
    _insert_under_free_permalink(session, enterprise)
    session.add(StaffMember(enterprise_id=enterprise.id, user_id=owner_id, role=StaffRole.OWNER))
    record(session, EnterpriseCreated(enterprise.id), actor=actor)
    session.flush()
    return enterprise


def _insert_under_free_permalink(session: Session, enterprise: Enterprise) -> None:
    for candidate in _permalinks(enterprise):
        enterprise.permalink = candidate
        try:
            with session.begin_nested():
                session.add(enterprise)
                session.flush()
        except IntegrityError:
            if queries.name_is_taken(session, name_key=enterprise.name_key, postcode=enterprise.postcode):
                raise NameTaken from None
        else:
            return
    raise DomainError


def _permalinks(enterprise: Enterprise) -> Iterator[str]:
    base = permalink(enterprise.name)
    yield base
    yield f"{base[:40]}-{permalink(enterprise.city)[:30]}"
    yield f"{base[:60]}-{new_reference(5).lower()}"


def _put_on_the_map(enterprise: Enterprise) -> None:
    """Place it at its commune; unknown places stay without a point and are found by name only."""
    enterprise.latitude = enterprise.longitude = None
    if enterprise.country == "FR":
        for place in postcodes.find(f"{enterprise.postcode} {enterprise.city}", limit=1):
            enterprise.latitude, enterprise.longitude = place.point


def edit_profile(session: Session, *, actor: Actor, enterprise_id: int, profile: Profile) -> Enterprise:
    """Write the whole profile. Raises :class:`NameTaken`. The permalink stays: people have it on paper."""
    enterprise = queries.lock_enterprise(session, enterprise_id)
    before = Profile.of(enterprise)
    if profile == before:
        return enterprise
    if queries.name_is_taken(session, name_key=name_key(profile.name), postcode=profile.postcode, but=enterprise_id):
        raise NameTaken
    for field in fields(profile):
        setattr(enterprise, field.name, getattr(profile, field.name))
    enterprise.name_key = name_key(profile.name)
    if (profile.postcode, profile.city) != (before.postcode, before.city):
        _put_on_the_map(enterprise)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise NameTaken from None
    record(session, EnterpriseChanged(enterprise.id), actor=actor)
    return enterprise


def activate(session: Session, *, actor: Actor, enterprise_id: int) -> Enterprise:
    """Show a draft to the public. Raises :class:`EmailNotConfirmed` until an owner has confirmed their address."""
    enterprise = queries.lock_enterprise(session, enterprise_id)
    if enterprise.state is EnterpriseState.ACTIVE:
        return enterprise
    if not queries.has_confirmed_owner(session, enterprise_id=enterprise_id):
        raise EmailNotConfirmed
    enterprise.state = EnterpriseState.ACTIVE
    record(session, EnterpriseActivated(enterprise.id), actor=actor)
    return enterprise


def is_ready_to_sell(session: Session, enterprise_id: int) -> list[Missing]:
    """What is still missing before the enterprise can sell; empty when it is ready.

    Who only produces needs neither a place to collect nor a way to be paid.
    """
    enterprise = queries.by_id(session, enterprise_id)
    sources = [enterprise_id, *(supplier.id for supplier in suppliers_of(session, enterprise_id))]
    done = {
        Missing.CONFIRMED_EMAIL: queries.has_confirmed_owner(session, enterprise_id=enterprise_id),
        Missing.PRODUCTS: has_products(session, producer_ids=sources),
        Missing.PICKUP: not enterprise.is_shop or bool(pickup_points(session, enterprise_id)),
        Missing.PAYMENT: not enterprise.is_shop or bool(accepted(session, enterprise_id)),
        Missing.OPENING: enterprise.state is EnterpriseState.ACTIVE,
    }
    return [item for item in Missing if not done[item]]


def add_staff(
    session: Session, *, enterprise_id: int, user_id: int, role: StaffRole, actor: Actor, notified: bool = True
) -> StaffMember:
    """Let a person work in the enterprise; somebody who does already gets the new role."""
    queries.lock_enterprise(session, enterprise_id)
    if _member(session, enterprise_id, user_id) is not None:
        return change_staff(
            session, enterprise_id=enterprise_id, user_id=user_id, role=role, notified=notified, actor=actor
        )
    member = StaffMember(enterprise_id=enterprise_id, user_id=user_id, role=role, notified=notified)
    session.add(member)
    session.flush()
    record(session, StaffAdded(enterprise_id, user_id, role.value), actor=actor)
    return member


def change_staff(
    session: Session, *, enterprise_id: int, user_id: int, role: StaffRole, notified: bool, actor: Actor
) -> StaffMember:
    """Change what a person does here, and whether they get its mails. Raises :class:`LastOwner`."""
    queries.lock_enterprise(session, enterprise_id)
    member = _member(session, enterprise_id, user_id)
    if member is None:
        raise NotFound
    if (member.role, member.notified) == (role, notified):
        return member
    if member.role is StaffRole.OWNER and role is not StaffRole.OWNER:
        _keep_an_owner(session, enterprise_id)
    member.role, member.notified = role, notified
    record(session, StaffRoleChanged(enterprise_id, user_id, role.value), actor=actor)
    return member


def remove_staff(session: Session, *, enterprise_id: int, user_id: int, actor: Actor) -> None:
    """Take a person's access away at once. Raises :class:`LastOwner`."""
    queries.lock_enterprise(session, enterprise_id)
    member = _member(session, enterprise_id, user_id)
    if member is None:
        raise NotFound
    if member.role is StaffRole.OWNER:
        _keep_an_owner(session, enterprise_id)
    session.delete(member)
    record(session, StaffRemoved(enterprise_id, user_id), actor=actor)


def _member(session: Session, enterprise_id: int, user_id: int) -> StaffMember | None:
    return session.scalar(
        select(StaffMember).where(StaffMember.enterprise_id == enterprise_id, StaffMember.user_id == user_id)
    )


def _keep_an_owner(session: Session, enterprise_id: int) -> None:
    """The enterprise's row is locked, so two owners cannot remove each other at the same moment."""
    if queries.count_owners(session, enterprise_id=enterprise_id) < 2:
        raise LastOwner


def connect_payment_account(session: Session, *, actor: Actor, enterprise_id: int, account: str) -> Enterprise:
    """Write down the shop's account at the payment provider, once: a second one is ignored."""
    enterprise = queries.lock_enterprise(session, enterprise_id)
    if enterprise.payment_account is None:
        enterprise.payment_account = account
        record(session, EnterpriseChanged(enterprise.id), actor=actor)
    return enterprise


def set_payment_account_ready(session: Session, *, actor: Actor, enterprise_id: int, ready: bool) -> Enterprise:
    """Write down whether that account can take cards, as the provider says."""
    enterprise = queries.lock_enterprise(session, enterprise_id)
    if enterprise.payment_account_ready != ready:
        enterprise.payment_account_ready = ready
        record(session, EnterpriseChanged(enterprise.id), actor=actor)
    return enterprise
