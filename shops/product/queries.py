"""Reading catalogues."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload, with_loader_criteria

from coopcircuits.errors import NotFound
from coopcircuits.references import plain
from shops.product.models import Category, Product, Variant

_ORDER = (Product.name_key, Product.id, Variant.position, Variant.id)
_LIVE_VARIANTS = with_loader_criteria(Variant, Variant.deleted_at.is_(None), include_aliases=True)


def product_of(session: Session, *, producer_id: int, product_id: int) -> Product:
    """A product of this producer with its variants on sale; raises :class:`NotFound`."""
    found = session.scalar(
        select(Product)
        .where(Product.id == product_id, Product.producer_id == producer_id, Product.deleted_at.is_(None))
        .options(selectinload(Product.variants), _LIVE_VARIANTS)
    )
    if found is None:
        raise NotFound
    return found


def products_of(session: Session, *, producer_ids: Collection[int]) -> Sequence[Product]:
    """Live products of these producers with their live variants and producer, by name."""
    return session.scalars(
        select(Product)
        .where(Product.producer_id.in_(producer_ids), Product.deleted_at.is_(None))
        .options(selectinload(Product.variants), joinedload(Product.producer), _LIVE_VARIANTS)
        .order_by(Product.name_key, Product.id)
    ).all()


def variants(session: Session, variant_ids: Collection[int]) -> Sequence[Variant]:
    """Live variants of live products by id, each with its product and producer."""
    return session.scalars(
        select(Variant)
        .join(Variant.product)
        .where(Variant.id.in_(variant_ids), Variant.deleted_at.is_(None), Product.deleted_at.is_(None))
        .options(contains_eager(Variant.product).joinedload(Product.producer))
        .order_by(Variant.id)
    ).all()


def lock_variants(session: Session, *, producer_id: int, variant_ids: Collection[int]) -> dict[int, Variant]:
    """Live variants of this producer by id, held until the transaction ends, in order of ids."""
    rows = session.scalars(
        select(Variant)
        .join(Variant.product)
        .where(
            Variant.id.in_(variant_ids),
            Variant.deleted_at.is_(None),
            Product.producer_id == producer_id,
            Product.deleted_at.is_(None),
        )
        .order_by(Variant.id)
        .with_for_update(of=Variant, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def variants_of(session: Session, *, producer_id: int, variant_ids: Collection[int]) -> Sequence[Variant]:
    """Those of the variants that are live and this producer's, with their product, in the order of the list."""
    return session.scalars(
        select(Variant)
        .join(Variant.product)
        .where(
            Variant.id.in_(variant_ids),
            Variant.deleted_at.is_(None),
            Product.producer_id == producer_id,
            Product.deleted_at.is_(None),
        )
        .options(contains_eager(Variant.product))
        .order_by(*_ORDER)
    ).all()


def list_variants(
    session: Session, *, producer_id: int, category: Category | None, words: str, page: int, per_page: int
) -> tuple[Sequence[Variant], int]:
    """One page of a producer's variants with their product, by product name, and how many there are in all."""
    wanted: list[ColumnElement[bool]] = [
        Product.producer_id == producer_id,
        Product.deleted_at.is_(None),
        Variant.deleted_at.is_(None),
    ]
    if category:
        wanted.append(Product.category == category)
    for word in plain(words).split()[:6]:
        wanted.append(
            Product.name_key.contains(word, autoescape=True)
            | (func.lower(Variant.name).contains(word, autoescape=True))
            | (func.lower(Variant.sku).contains(word, autoescape=True))
        )
    total = session.scalar(select(func.count(Variant.id)).join(Variant.product).where(*wanted)) or 0
    rows = session.scalars(
        select(Variant)
        .join(Variant.product)
        .where(*wanted)
        .options(contains_eager(Variant.product))
        .order_by(*_ORDER)
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return rows, total


def categories_of(session: Session, *, producer_id: int) -> list[Category]:
    """The aisles in which a producer has something."""
    found = set(
        session.scalars(
            select(Product.category).where(Product.producer_id == producer_id, Product.deleted_at.is_(None)).distinct()
        )
    )
    return [category for category in Category if category in found]


def has_products(session: Session, *, producer_ids: Collection[int]) -> bool:
    """Whether any of these producers has something to sell."""
    return (
        session.scalar(
            select(Product.id).where(Product.producer_id.in_(producer_ids), Product.deleted_at.is_(None)).limit(1)
        )
        is not None
    )
