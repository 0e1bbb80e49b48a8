"""Make offers, and make them again when anything they depend on changes."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from coopcircuits import clock, tax
from coopcircuits.db import table
from coopcircuits.references import plain
from orders.offer import queries
from orders.offer.models import Offer
from orders.offer.pricing import FeeRule, price_of
from orders.offer.queries import Sale, Source
from orders.order_cycle.models import CycleFee, OrderCycle
from orders.shopfront.services import touch
from shops.enterprise.models import VatStatus
from shops.fee.models import Fee
from shops.product.models import Category
from shops.product.units import comparison

_AISLES = list(Category)


class _Terms:
    """What all offers of one cycle share: its fees, and the tax rates of its closing day."""

    def __init__(self, session: Session, sale: Sale, fees: Sequence[Fee]) -> None:
        self.shop_id, self.closes_at = sale.shop_id, sale.closes_at
        self.rules = [FeeRule(fee.id, fee.name, fee.kind, fee.calculator, fee.value) for fee in fees]
        day = clock.local_date(sale.closes_at, sale.zone)
        charges_tax = sale.vat_status is VatStatus.REGISTERED
        self.rates = tax.rates_on(session, country=sale.country, day=day) if charges_tax else {}

    def describe(self, source: Source) -> dict[str, Any]:
        """The columns of an offer that depend on something else."""
        price = price_of(source.price, self.rules)
        aisle = _AISLES.index(source.category)
        return {
            "product_id": source.product_id,
            "producer_id": source.producer_id,
            "product_name": source.product_name,
            "variant_name": source.variant_name,
            "producer_name": source.producer_name,
            "category": source.category,
            "drawing": source.drawing,
            "labels": list(source.labels),
            "is_alcohol": source.is_alcohol,
            "unit_kind": source.unit_kind,
            "unit_value": source.unit_value,
            "unit_name": source.unit_name,
            "base_price": price.base,
            "fees": price.fees,
            "price": price.total,
            "comparison_price": comparison(price.total, source.unit_kind, source.unit_value),
            "tax_rate_bp": self.rates.get(source.tax_category, 0),
            "sort_key": f"{aisle:02d} {plain(source.product_name)} {source.position:03d}"[:300],
            "closes_at": self.closes_at,
        }


def put_on_sale(session: Session, *, cycle: OrderCycle, variant_ids: Collection[int]) -> int:
    """Add variants to a cycle, or bring withdrawn ones back; returns how many were added."""
    session.flush()
    known = {offer.variant_id: offer for offer in queries.offers_of(session, cycle_id=cycle.id)}
    wanted = set(variant_ids) - {v for v, offer in known.items() if offer.withdrawn_at is None}
    sources = queries.sources(session, wanted, hold=True)
    terms = _terms(session, [cycle.id], hold=True)[cycle.id]
    new = []
    for variant_id, source in sources.items():
        if offer := known.get(variant_id):
            offer.withdrawn_at = None
            _write(offer, terms.describe(source))
        else:
            new.append({"cycle_id": cycle.id, "variant_id": variant_id, **terms.describe(source)})
    session.flush()
    if new:
        session.execute(insert(table(Offer)), new)
    if sources:
        touch(session, shop_id=cycle.shop_id)
    return len(sources)


def move_closing(session: Session, *, cycle: OrderCycle) -> None:
    """Let all offers of a cycle close with it; follow it with :func:`refresh_offers`, since rates depend on the day."""
    session.flush()
    queries.lock_cycle_offers(session, cycle_id=cycle.id)
    session.execute(update(Offer).where(Offer.cycle_id == cycle.id).values(closes_at=cycle.closes_at))


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
    sources = queries.sources(session, {offer.variant_id for offer in offers})
    changed = 0
    for offer in offers:
        source = sources[offer.variant_id]
        if source.is_gone:
            offer.withdrawn_at = clock.now()
        else:
            _write(offer, terms[offer.cycle_id].describe(source))
        if session.is_modified(offer):
            changed += 1
            touch(session, shop_id=terms[offer.cycle_id].shop_id)
    session.flush()
    return changed


def _terms(session: Session, cycle_ids: Collection[int], *, hold: bool = False) -> dict[int, _Terms]:
    fees = queries.fees_of(session, cycle_ids, hold=hold)
    return {sale.cycle_id: _Terms(session, sale, fees[sale.cycle_id]) for sale in queries.sales(session, cycle_ids)}


def _write(offer: Offer, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(offer, name, value)
