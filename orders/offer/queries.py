"""Reading offers: what is on sale in a cycle, at which price, and how much is left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.tax import TaxCategory
from orders.offer.models import Offer
from orders.order_cycle.models import CycleFee, OrderCycle
from shops.enterprise.models import Enterprise, VatStatus
from shops.fee.models import Fee
from shops.product.models import Category, Product, UnitKind, Variant
from shops.stock.models import Stock

#: From this number of pieces down, pages say how many are left.
LOW_STOCK = 5


@dataclass(frozen=True)
class OnSale:
    """An offer and what is left of it; ``left`` is ``None`` when there is no limit."""

    offer: Offer
    left: int | None

    @property
    def sold_out(self) -> bool:
        return self.left == 0

    @property
    def is_low(self) -> bool:
        return self.left is not None and 0 < self.left <= LOW_STOCK


def _with_stock() -> Select[Offer, int, bool]:
    return select(Offer, Stock.on_hand, Stock.on_demand).join(Stock, Stock.variant_id == Offer.variant_id, isouter=True)


def _read(session: Session, query: Select[Offer, int, bool]) -> list[OnSale]:
    return [OnSale(offer, None if on_demand else on_hand or 0) for offer, on_hand, on_demand in session.execute(query)]


def on_sale(session: Session, *, cycle_id: int, product_id: int | None = None) -> list[OnSale]:
    """What a cycle sells, in the order of the shelf; withdrawn offers are left out."""
    query = _with_stock().where(Offer.cycle_id == cycle_id, Offer.withdrawn_at.is_(None))
    if product_id is not None:
        query = query.where(Offer.product_id == product_id)
    return _read(session, query.order_by(Offer.sort_key, Offer.id))


def with_stock(session: Session, offer_ids: Collection[int]) -> dict[int, OnSale]:
    """Offers by id with what is left, withdrawn ones included."""
    if not offer_ids:
        return {}
    return {item.offer.id: item for item in _read(session, _with_stock().where(Offer.id.in_(offer_ids)))}


def offers_of(session: Session, *, cycle_id: int) -> Sequence[Offer]:
    """Every offer of a cycle, withdrawn ones included."""
    return session.scalars(select(Offer).where(Offer.cycle_id == cycle_id).order_by(Offer.sort_key, Offer.id)).all()


def shops_selling(session: Session, *, variant_ids: Collection[int]) -> Sequence[int]:
    """Shops whose present or coming cycles have one of these variants on offer."""
    return session.scalars(
        select(OrderCycle.shop_id)
        .join(Offer, Offer.cycle_id == OrderCycle.id)
        .where(Offer.variant_id.in_(variant_ids), *_is_live())
        .distinct()
    ).all()


def _is_live() -> list[ColumnElement[bool]]:
    return [Offer.withdrawn_at.is_(None), Offer.closes_at > clock.now()]


def lock_live(session: Session, *wanted: ColumnElement[bool]) -> Sequence[Offer]:
    """The offers of cycles that are not over and meet ``wanted``, held until the transaction ends, in order of ids.

    Lock them before reading what they depend on, so that the last of two concurrent changes sees the first one.
    """
    return session.scalars(
        select(Offer)
        .join(OrderCycle, OrderCycle.id == Offer.cycle_id)
        .where(*_is_live(), *wanted)
        .order_by(Offer.id)
        .with_for_update(of=Offer)
        .execution_options(populate_existing=True)
    ).all()


def lock_cycle_offers(session: Session, *, cycle_id: int) -> None:
    """Hold every offer of a cycle, in the same order."""
    session.execute(select(Offer.id).where(Offer.cycle_id == cycle_id).order_by(Offer.id).with_for_update()).all()


@dataclass(frozen=True)
class Sale:
    """Those facts of a cycle and its shop on which its prices depend."""

    cycle_id: int
    shop_id: int
    closes_at: datetime
    zone: str
    country: str
    vat_status: VatStatus


def sales(session: Session, cycle_ids: Collection[int]) -> list[Sale]:
    """The facts of these cycles, as the database has them now."""
    rows = session.execute(
        select(
            OrderCycle.id,
            OrderCycle.shop_id,
            OrderCycle.closes_at,
            Enterprise.zone,
            Enterprise.country,
            Enterprise.vat_status,
        )
        .join(Enterprise, Enterprise.id == OrderCycle.shop_id)
        .where(OrderCycle.id.in_(cycle_ids))
    )
    return [Sale(*row) for row in rows]


@dataclass(frozen=True)
class Source:
    """What an offer takes from its variant, product and producer."""

    variant_id: int
    variant_name: str
    unit_kind: UnitKind
    unit_value: int
    unit_name: str
    price: int
    tax_category: TaxCategory
    position: int
    product_id: int
    product_name: str
    category: Category
    drawing: str
    labels: list[Any]
    is_alcohol: bool
    producer_id: int
    producer_name: str
    is_gone: bool


def sources(session: Session, variant_ids: Collection[int], *, hold: bool = False) -> dict[int, Source]:
    """What the catalogues say of these variants now, deleted ones included, by variant id.

    ``hold`` keeps others from changing them until the transaction ends: whoever changes one afterwards will see the
    offers that are being made. Take it before any offer is locked.
    """
    query = (
        select(
            Variant.id,
            Variant.name,
            Variant.unit_kind,
            Variant.unit_value,
            Variant.unit_name,
            Variant.price,
            Variant.tax_category,
            Variant.position,
            Product.id,
            Product.name,
            Product.category,
            Product.drawing,
            Product.labels,
            Product.is_alcohol,
            Enterprise.id,
            Enterprise.name,
            or_(Variant.deleted_at.is_not(None), Product.deleted_at.is_not(None)),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Enterprise, Enterprise.id == Product.producer_id)
        .where(Variant.id.in_(variant_ids))
        .order_by(Variant.id)
    )
    if hold:
        query = query.with_for_update(read=True, of=[Variant, Product])
    found = [Source(*tuple(row)) for row in session.execute(query)]
    return {source.variant_id: source for source in found}


def fees_of(session: Session, cycle_ids: Collection[int], *, hold: bool = False) -> dict[int, list[Fee]]:
    """The live fees of each of these cycles, by cycle id; ``hold`` as above."""
    query = (
        select(CycleFee.cycle_id, Fee)
        .join(Fee, Fee.id == CycleFee.fee_id)
        .where(CycleFee.cycle_id.in_(cycle_ids), Fee.deleted_at.is_(None))
        .order_by(Fee.id)
        .execution_options(populate_existing=True)
    )
    if hold:
        query = query.with_for_update(read=True, of=Fee)
    found: dict[int, list[Fee]] = {cycle_id: [] for cycle_id in cycle_ids}
    for cycle_id, fee in session.execute(query):
        found[cycle_id].append(fee)
    return found
