"""Enterprises (producers, hubs, shops) and the people who work in them."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.auth.models import User
from coopcircuits.db import Model, word


class Sells(enum.StrEnum):
    """What an enterprise may put on sale in its own shop."""

    NONE = "none"
    OWN = "own"
    ANY = "any"


class EnterpriseState(enum.StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


class Visibility(enum.StrEnum):
    PUBLIC = "public"
    BY_LINK = "by-link"
    HIDDEN = "hidden"


class VatStatus(enum.StrEnum):
    REGISTERED = "registered"
    #: "Franchise en base": sells without VAT and says so on its documents.
    SMALL_BUSINESS = "small-business"


class Enterprise(Model):
    """A producer, hub or shop. ``name_key`` is the name without case or accents: unique per postcode."""

    __tablename__ = "enterprise"
    __table_args__ = (
        UniqueConstraint("name_key", "postcode"),
        Index("ix_enterprise_directory", "state", "visibility", "sells"),
        Index("ix_enterprise_place", "latitude", "longitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    permalink: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(String(120))
    is_producer: Mapped[bool]
    sells: Mapped[Sells] = word(Sells)
    state: Mapped[EnterpriseState] = word(EnterpriseState, default=EnterpriseState.DRAFT)
    visibility: Mapped[Visibility] = word(Visibility, default=Visibility.PUBLIC)
    summary: Mapped[str] = mapped_column(String(200), default="")
    story: Mapped[str] = mapped_column(Text, default="")
    #: Plain texts such as "AB, FR-BIO-01", in the order shown.
    labels: Mapped[list[Any]] = mapped_column(default=list)
    banner: Mapped[str] = mapped_column(String(16), default="leaf")
    drawing: Mapped[str] = mapped_column(String(40), default="panier")
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(32), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    street: Mapped[str] = mapped_column(String(160), default="")
    postcode: Mapped[str] = mapped_column(String(12))
    city: Mapped[str] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    siret: Mapped[str] = mapped_column(String(14), default="")
    vat_number: Mapped[str] = mapped_column(String(20), default="")
    vat_status: Mapped[VatStatus] = word(VatStatus, default=VatStatus.REGISTERED)
    message_open: Mapped[str] = mapped_column(Text, default="")
    message_closed: Mapped[str] = mapped_column(Text, default="")
    #: The shop's connected account at the payment provider, and whether it can take cards yet.
    payment_account: Mapped[str | None] = mapped_column(String(120))
    payment_account_ready: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def is_shop(self) -> bool:
        return self.sells is not Sells.NONE

    @property
    def is_visible(self) -> bool:
        """Whether whoever has its address may read about it."""
        return self.state is EnterpriseState.ACTIVE and self.visibility is not Visibility.HIDDEN


class Missing(enum.StrEnum):
    """What keeps an enterprise from selling, in the order in which people set it up."""

    CONFIRMED_EMAIL = "confirmed-email"
    PRODUCTS = "products"
    PICKUP = "pickup"
    PAYMENT = "payment"
    OPENING = "opening"


class StaffRole(enum.StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CATALOGUE = "catalogue"
    ORDERS = "orders"
    PACKING = "packing"
    ACCOUNTS = "accounts"
    READ_ONLY = "read-only"


class StaffMember(Model):
    """A person's role in an enterprise; ``notified`` people get its mails."""

    __tablename__ = "staff_member"
    __table_args__ = (UniqueConstraint("enterprise_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[StaffRole] = word(StaffRole)
    notified: Mapped[bool] = mapped_column(default=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")
