"""Baskets: one per visitor and cycle, none thrown away when switching."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model
from orders.offer.models import Offer


class Cart(Model):
    """A basket of a visitor (``visitor`` is a cookie's value) or of an account.

    ``version`` grows with every change; ``checkout_key`` becomes the key of the one order made from this content.
    """

    __tablename__ = "cart"
    __table_args__ = (
        UniqueConstraint("visitor", "cycle_id"),
        UniqueConstraint("user_id", "cycle_id"),
        CheckConstraint("visitor IS NOT NULL OR user_id IS NOT NULL", name="owner"),
        Index("ix_cart_updated_at", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str | None] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    shop_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    cycle_id: Mapped[int] = mapped_column(ForeignKey("order_cycle.id"))
    checkout_key: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    lines: Mapped[list["CartLine"]] = relationship(
        back_populates="cart", lazy="raise_on_sql", order_by="CartLine.id", cascade="all, delete-orphan"
    )


class CartLine(Model):
    """A wished quantity, and the price the visitor saw when they put it in."""

    __tablename__ = "cart_line"
    __table_args__ = (UniqueConstraint("cart_id", "offer_id"), CheckConstraint("quantity > 0", name="quantity"))

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    quantity: Mapped[int]
    price_seen: Mapped[Minor]

    cart: Mapped[Cart] = relationship(back_populates="lines", lazy="raise_on_sql")
    offer: Mapped[Offer] = relationship(lazy="raise_on_sql")
