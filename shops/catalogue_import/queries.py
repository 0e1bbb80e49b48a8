"""Reading uploaded files, and the catalogues they speak of."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from coopcircuits.errors import NotFound
from shops.catalogue_import.models import CatalogueImport
from shops.product.models import Product, Variant


def import_of(session: Session, *, enterprise_id: int, import_id: int) -> CatalogueImport:
    """An upload of this enterprise; raises :class:`NotFound`."""
    found = session.scalar(
        select(CatalogueImport).where(CatalogueImport.id == import_id, CatalogueImport.enterprise_id == enterprise_id)
    )
    if found is None:
        raise NotFound
    return found


def lock_import(session: Session, *, enterprise_id: int, import_id: int) -> CatalogueImport:
    """The same, held until the transaction ends, so that confirming twice does the work once."""
    found = session.scalar(
        select(CatalogueImport)
        .where(CatalogueImport.id == import_id, CatalogueImport.enterprise_id == enterprise_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def expired(session: Session, now: datetime) -> Sequence[CatalogueImport]:
    """Uploads whose time is over."""
    return session.scalars(select(CatalogueImport).where(CatalogueImport.expires_at <= now)).all()


def variants_of(session: Session, *, producer_ids: Collection[int], lock: bool) -> Sequence[Variant]:
    """Every live variant of these producers with its product, by id; held until the transaction ends with ``lock``."""
    wanted = (
        select(Variant)
        .join(Variant.product)
        .where(
            Product.producer_id.in_(producer_ids),
            Product.deleted_at.is_(None),
            Variant.deleted_at.is_(None),
        )
        .options(contains_eager(Variant.product))
        .order_by(Variant.id)
    )
    if lock:
        wanted = wanted.with_for_update(of=Variant, key_share=True).execution_options(populate_existing=True)
    return session.scalars(wanted).all()
