"""Offers: one variant on sale in one cycle, with its final price worked out in advance."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopcircuits.db import Minor, Model, word
from shops.product.models import Category, UnitKind


class Offer(Model):
    """Everything the shopfront, cart and checkout need to know of one variant, in one row.

    Made again when anything it depends on changes. ``price`` = ``base_price`` + the amounts in ``fees``, tax included.
    """

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("cycle_id", "variant_id"),
        CheckConstraint("price >= 0", name="price"),
        Index("ix_offer_variant_id", "variant_id", "closes_at"),
        Index("ix_offer_product_id", "product_id", "closes_at"),
        Index("ix_offer_producer_id", "producer_id", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("order_cycle.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    product_name: Mapped[str] = mapped_column(String(120))
    variant_name: Mapped[str] = mapped_column(String(120))
    producer_name: Mapped[str] = mapped_column(String(120))
    category: Mapped[Category] = word(Category)
    drawing: Mapped[str] = mapped_column(String(40))
    labels: Mapped[list[Any]]
    is_alcohol: Mapped[bool]
    unit_kind: Mapped[UnitKind] = word(UnitKind)
    unit_value: Mapped[int]
    unit_name: Mapped[str] = mapped_column(String(40))
    base_price: Mapped[Minor]
    #: One ``{"fee_id", "name", "kind", "amount"}`` per fee, amounts per unit in minor units.
    fees: Mapped[list[Any]]
    price: Mapped[Minor]
    #: Price per kilogram, litre or piece.
    comparison_price: Mapped[Minor]
    tax_rate_bp: Mapped[int]
    sort_key: Mapped[str] = mapped_column(String(300))
    #: When its cycle closes: past offers of a variant pile up, and what is on sale is found without them.
    closes_at: Mapped[datetime]
    #: Set when the variant left the cycle; lines already ordered keep their snapshot.
    withdrawn_at: Mapped[datetime | None]
