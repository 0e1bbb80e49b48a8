"""Products and the variants in which they are sold."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopcircuits.db import Minor, Model, word
from coopcircuits.tax import TaxCategory
from shops.enterprise.models import Enterprise


class Category(enum.StrEnum):
    """The aisles of the market."""

    VEGETABLES = "vegetables"
    FRUIT = "fruit"
    DAIRY = "dairy"
    EGGS = "eggs"
    BREAD_AND_FLOUR = "bread-and-flour"
    GROCERIES = "groceries"
    MEAT = "meat"
    FISH = "fish"
    DRINKS = "drinks"
    ALCOHOL = "alcohol"
    HONEY_AND_JAM = "honey-and-jam"
    PLANTS = "plants"
    HOUSEHOLD = "household"


class UnitKind(enum.StrEnum):
    """How ``unit_value`` counts: grams, millilitres, or pieces of something named."""

    WEIGHT = "weight"
    VOLUME = "volume"
    ITEM = "item"


class Product(Model):
    """What a producer makes. Deleting only hides it: past orders still point here."""

    __tablename__ = "product"
    __table_args__ = (Index("ix_product_producer_id", "producer_id", "deleted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    name: Mapped[str] = mapped_column(String(120))
    #: The name without case or accents, for finding and sorting.
    name_key: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[Category] = word(Category)
    #: Name of the drawing in the sprite.
    drawing: Mapped[str] = mapped_column(String(40), default="panier")
    labels: Mapped[list[Any]] = mapped_column(default=list)
    allergens: Mapped[str] = mapped_column(String(200), default="")
    origin: Mapped[str] = mapped_column(String(120), default="")
    is_alcohol: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    producer: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", lazy="raise_on_sql", order_by="Variant.position, Variant.id"
    )


class Variant(Model):
    """One way to buy a product: a unit and a tax-included price in minor units."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("unit_value > 0", name="unit_value"),
        CheckConstraint("price >= 0", name="price"),
        Index("ix_variant_product_id", "product_id"),
        Index("ix_variant_sku", "sku"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str] = mapped_column(String(120), default="")
    sku: Mapped[str] = mapped_column(String(64), default="")
    unit_kind: Mapped[UnitKind] = word(UnitKind)
    #: Grams, millilitres or number of pieces.
    unit_value: Mapped[int]
    #: What a piece is called ("botte", "plateau"), for items.
    unit_name: Mapped[str] = mapped_column(String(40), default="")
    price: Mapped[Minor]
    tax_category: Mapped[TaxCategory] = word(TaxCategory)
    position: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise_on_sql")
