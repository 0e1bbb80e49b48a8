"""Make products, edit them, take them off the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.references import plain
from coopcircuits.tax import TaxCategory
from shops.errors import CellProblem, CellsRefused
from shops.events import ProductChanged
from shops.product import queries
from shops.product.models import Category, Product, UnitKind, Variant
from shops.stock import queries as stock_levels
from shops.stock import services as stock
from shops.stock.models import MoveReason, Stock

CHANGED_MEANWHILE = N_("Somebody changed this meanwhile: it is now %(now)s.")
SOLD_MEANWHILE = N_("Orders came in meanwhile: %(now)s left.")


@dataclass(frozen=True)
class VariantSpec:
    """One way to buy a product: ``unit_value`` in grams, millilitres or pieces, ``price`` tax-included minor units."""

    name: str
    sku: str
    unit_kind: UnitKind
    unit_value: int
    unit_name: str
    price: int
    tax_category: TaxCategory
    on_hand: int
    on_demand: bool


@dataclass(frozen=True)
class ProductDetails:
    """What is said of a product as a whole."""

    name: str
    description: str
    category: Category
    drawing: str
    labels: Sequence[str]
    allergens: str
    origin: str
    is_alcohol: bool


@dataclass(frozen=True)
class VariantChange:
    """One cell: ``field`` of :class:`VariantSpec`, the value the person saw and the one they want."""

    variant_id: int
    field: str
    shown: object
    wanted: object


@dataclass
class Saved:
    """What an edit did: variants touched, and those whose stock moved meanwhile with what is on hand now."""

    variants: list[Variant] = field(default_factory=list)
    moved_meanwhile: dict[int, int] = field(default_factory=dict)


def create_product(
    session: Session,
    *,
    actor: Actor,
    producer_id: int,
    name: str,
    description: str,
    category: Category,
    drawing: str,
    labels: Sequence[str],
    allergens: str,
    origin: str,
    is_alcohol: bool,
    variants: Sequence[VariantSpec],
) -> Product:
    """Put a product with at least one variant into a producer's catalogue."""
    if not variants:
        raise InvalidInput(N_("A product needs at least one unit and price."), field="variants")
    details = ProductDetails(name, description, category, drawing, labels, allergens, origin, is_alcohol)
    product = Product(producer_id=producer_id, created_at=clock.now())
    _write_details(product, details)
    session.add(product)
    session.flush()
    for position, spec in enumerate(variants):
        _add_variant(session, product, spec, position, actor)
    record(session, ProductChanged(product.id, producer_id), actor=actor)
    return product


def edit_product(
    session: Session,
    *,
    actor: Actor,
    producer_id: int,
    product_id: int,
    details: ProductDetails,
    changes: Sequence[VariantChange] = (),
    added: Sequence[VariantSpec] = (),
    removed: Sequence[int] = (),
) -> Saved:
    """Write a product's page: its details, cells of its variants, new variants, variants taken off.

    Raises :class:`CellsRefused` as :func:`edit_variants` does, and refuses to take the last variant off.
    """
    product = queries.product_of(session, producer_id=producer_id, product_id=product_id)
    gone = {variant.id for variant in product.variants} & set(removed)
    if len(gone) == len(product.variants) and not added:
        raise InvalidInput(N_("A product needs at least one unit and price."), field="variants")
    variants = queries.lock_variants(
        session, producer_id=producer_id, variant_ids={variant.id for variant in product.variants}
    )
    saved = _apply(session, actor, producer_id, [change for change in changes if change.variant_id not in gone])
    _write_details(product, details)
    for variant_id in gone:
        variants[variant_id].deleted_at = clock.now()
    last = max((variant.position for variant in product.variants), default=-1)
    for position, spec in enumerate(added, start=last + 1):
        _add_variant(session, product, spec, position, actor)
    session.flush()
    record(session, ProductChanged(product.id, producer_id), actor=actor)
    return saved


def edit_variants(session: Session, *, actor: Actor, producer_id: int, changes: Sequence[VariantChange]) -> Saved:
    """Write changed cells of a producer's list, all or nothing.

    A stock is moved by the difference the person asked for, so that what was ordered meanwhile stays counted; any
    other cell that somebody else changed is refused with its present value. Raises :class:`CellsRefused`.
    """
    saved = _apply(session, actor, producer_id, changes)
    session.flush()
    for product_id in sorted({variant.product_id for variant in saved.variants}):
        record(session, ProductChanged(product_id, producer_id), actor=actor)
    return saved


def delete_product(session: Session, *, actor: Actor, producer_id: int, product_id: int) -> Product:
    """Take a product off the list; past orders keep what they say of it."""
    product = queries.product_of(session, producer_id=producer_id, product_id=product_id)
    product.deleted_at = clock.now()
    session.flush()
    record(session, ProductChanged(product.id, producer_id), actor=actor)
    return product


def _write_details(product: Product, details: ProductDetails) -> None:
    product.name, product.name_key = details.name, plain(details.name)[:120]
    product.description, product.category, product.drawing = details.description, details.category, details.drawing
    product.labels, product.allergens, product.origin = list(details.labels), details.allergens, details.origin
    product.is_alcohol = details.is_alcohol


def _add_variant(session: Session, product: Product, spec: VariantSpec, position: int, actor: Actor) -> Variant:
    variant = new_variant(spec, position)
    variant.product_id = product.id
    session.add(variant)
    session.flush()
    session.add(Stock(variant_id=variant.id))
    session.flush()
    stock.set_level(
        session,
        variant_id=variant.id,
        on_hand=spec.on_hand,
        on_demand=spec.on_demand,
        reason=MoveReason.COUNTED,
        actor=actor,
    )
    return variant


def new_variant(spec: VariantSpec, position: int) -> Variant:
    """The row of a variant, without its product and its counter."""
    return Variant(
        name=spec.name,
        sku=spec.sku,
        unit_kind=spec.unit_kind,
        unit_value=spec.unit_value,
        unit_name=spec.unit_name,
        price=spec.price,
        tax_category=spec.tax_category,
        position=position,
    )


def _apply(session: Session, actor: Actor, producer_id: int, changes: Sequence[VariantChange]) -> Saved:
    """Apply cells whose wanted value is not the one shown."""
    wanted = [change for change in changes if change.wanted != change.shown]
    variants = queries.lock_variants(session, producer_id=producer_id, variant_ids={c.variant_id for c in wanted})
    if len(variants) < len({change.variant_id for change in wanted}):
        raise NotFound
    # Every lock before the first event: what follows an event may hold rows that an order wants after the stock.
    stock_levels.lock_levels(session, variants)
    saved = Saved()
    problems = []
    for variant_id in sorted(variants):
        variant = variants[variant_id]
        cells = {change.field: change for change in wanted if change.variant_id == variant_id}
        counted: dict[str, VariantChange] = {
            name: cells.pop(name) for name in ("on_hand", "on_demand") if name in cells
        }
        written = [cell for name, cell in cells.items() if name not in counted]
        for cell in written:
            problems += _write_cell(variant, cell)
        if counted:
            problems += _write_stock(session, actor, counted, variant_id, saved)
        if written:
            saved.variants.append(variant)
    if problems:
        raise CellsRefused(problems)
    return saved


def _write_cell(variant: Variant, change: VariantChange) -> list[CellProblem]:
    current = getattr(variant, change.field)
    if current not in (change.shown, change.wanted):
        return [CellProblem(variant.id, change.field, CHANGED_MEANWHILE, current)]
    setattr(variant, change.field, change.wanted)
    return []


def _write_stock(
    session: Session, actor: Actor, cells: Mapping[str, VariantChange], variant_id: int, saved: Saved
) -> list[CellProblem]:
    level = stock_levels.lock_level(session, variant_id)
    on_hand = level.on_hand
    if cell := cells.get("on_hand"):
        typed, shown = cast(int, cell.wanted), cast(int, cell.shown)
        on_hand += typed - shown
        if on_hand < 0:
            return [CellProblem(variant_id, "on_hand", SOLD_MEANWHILE, level.on_hand)]
        if on_hand != typed:
            saved.moved_meanwhile[variant_id] = on_hand
    on_demand = cast(bool, cells["on_demand"].wanted) if "on_demand" in cells else level.on_demand
    stock.set_level(
        session,
        variant_id=variant_id,
        on_hand=on_hand,
        on_demand=on_demand,
        reason=MoveReason.COUNTED,
        actor=actor,
    )
    return []
