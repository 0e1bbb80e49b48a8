"""Make offers, and make them again when anything they depend on changes."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coopcircuits import clock, tax
from coopcircuits.references import plain
from orders.offer import queries
from orders.offer.models import Offer
from orders.offer.pricing import FeeRule, price_of
from orders.offer.queries import Sale
from orders.order_cycle.models import CycleFee, OrderCycle
from orders.shopfront.services import touch
from shops.enterprise.models import Enterprise, VatStatus
from shops.fee.models import Fee
from shops.product.models import Category, Product, Variant
from shops.product.units import comparison

_AISLES = list(Category)


class _Terms:
    """What all offers of one cycle share: its fees, and the tax rates of its closing day."""

    def __init__(self, session: Session, sale: Sale, fees: Sequence[Fee]) -> None:
        self.shop_id = sale.shop_id
        self.rules = [FeeRule(fee.id, fee.name, fee.kind, fee.calculator, fee.value) for fee in fees]
        day = clock.local_date(sale.closes_at, sale.zone)
        charges_tax = sale.vat_status is VatStatus.REGISTERED
        self.rates = tax.rates_on(session, country=sale.country, day=day) if charges_tax else {}

    def describe(self, variant: Variant, product: Product, producer: Enterprise) -> dict[str, Any]:
        """The columns of the offer that depend on something else."""
        price = price_of(variant.price, self.rules)
        return {
            "product_id": product.id,
            "producer_id": producer.id,
            "product_name": product.name,
            "variant_name": variant.name,
            "producer_name": producer.name,
            "category": product.category,
            "drawing": product.drawing,
            "labels": list(product.labels),
            "is_alcohol": product.is_alcohol,
            "unit_kind": variant.unit_kind,
            "unit_value": variant.unit_value,
            "unit_name": variant.unit_name,
            "base_price": price.base,
            "fees": price.fees,
            "price": price.total,
            "comparison_price": comparison(price.total, variant.unit_kind, variant.unit_value),
            "tax_rate_bp": self.rates.get(variant.tax_category, 0),
            "sort_key": f"{_AISLES.index(product.category):02d} {plain(product.name)} {variant.position:03d}"[:300],
        }


def put_on_sale(session: Session, *, cycle: OrderCycle, shop: Enterprise, variant_ids: Collection[int]) -> int:
    """Add variants to a cycle, or bring withdrawn ones back; returns how many were added."""
    session.flush()
    terms = _terms(session, [cycle.id])[cycle.id]
    known = {offer.variant_id: offer for offer in queries.offers_of(session, cycle_id=cycle.id)}
    wanted = set(variant_ids) - {v for v, offer in known.items() if offer.withdrawn_at is None}
    for variant, product, producer in sorted(queries.sources(session, variant_ids=wanted), key=lambda s: s[0].id):
        offer = known.get(variant.id)
        if offer is None:
            offer = Offer(cycle_id=cycle.id, variant_id=variant.id)
            session.add(offer)
        offer.withdrawn_at = None
        _write(offer, terms.describe(variant, product, producer))
    session.flush()
    if wanted:
        touch(session, shop_id=shop.id)
    return len(wanted)


def withdraw(
    session: Session,
    *,
    cycle_id: int | None = None,
    shop_id: int | None = None,
    producer_id: int | None = None,
    variant_ids: Collection[int] | None = None,
) -> int:
    """Take offers off present and coming cycles; lines already ordered keep their snapshot. Returns how many."""
    wanted: list[ColumnElement[bool]] = []
    if cycle_id is not None:
        wanted.append(Offer.cycle_id == cycle_id)
    if shop_id is not None:
        wanted.append(OrderCycle.shop_id == shop_id)
    if producer_id is not None:
        wanted.append(Offer.producer_id == producer_id)
    if variant_ids is not None:
        wanted.append(Offer.variant_id.in_(variant_ids))
    offers = queries.lock_live(session, *wanted)
    for offer in offers:
        offer.withdrawn_at = clock.now()
    session.flush()
    for sale in queries.sales(session, {offer.cycle_id for offer in offers}):
        touch(session, shop_id=sale.shop_id)
    return len(offers)


def refresh_offers(
    session: Session,
    *,
    cycle_id: int | None = None,
    product_id: int | None = None,
    producer_id: int | None = None,
    fee_id: int | None = None,
    shop_id: int | None = None,
) -> int:
    """Work out again the offers of cycles that are not over; returns how many changed.

    A fixed number of statements whatever the number of offers, and only offers that differ are written. What has left
    its producer's catalogue is withdrawn. Without any argument, every live offer is looked at.
    """
    wanted: list[ColumnElement[bool]] = []
    if cycle_id is not None:
        wanted.append(Offer.cycle_id == cycle_id)
    if product_id is not None:
        wanted.append(Offer.product_id == product_id)
    if producer_id is not None:
        wanted.append(Offer.producer_id == producer_id)
    if shop_id is not None:
        wanted.append(OrderCycle.shop_id == shop_id)
    if fee_id is not None:
        wanted.append(Offer.cycle_id.in_(select(CycleFee.cycle_id).where(CycleFee.fee_id == fee_id)))
    session.flush()
    offers = queries.lock_live(session, *wanted)
    return _refresh(session, offers) if offers else 0


def _refresh(session: Session, offers: Sequence[Offer]) -> int:
    terms = _terms(session, {offer.cycle_id for offer in offers})
    sources = {
        variant.id: (variant, product, producer)
        for variant, product, producer in queries.sources(session, variant_ids={o.variant_id for o in offers})
    }
    changed = 0
    for offer in offers:
        variant, product, producer = sources[offer.variant_id]
        if variant.deleted_at or product.deleted_at:
            offer.withdrawn_at = clock.now()
        else:
            _write(offer, terms[offer.cycle_id].describe(variant, product, producer))
        if session.is_modified(offer):
            changed += 1
            touch(session, shop_id=terms[offer.cycle_id].shop_id)
    session.flush()
    return changed


def _terms(session: Session, cycle_ids: Collection[int]) -> dict[int, _Terms]:
    fees = queries.fees_of(session, cycle_ids=cycle_ids)
    return {sale.cycle_id: _Terms(session, sale, fees[sale.cycle_id]) for sale in queries.sales(session, cycle_ids)}


def _write(offer: Offer, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(offer, name, value)
