"""What a file would do to a catalogue: which lines make something new, change something, or nothing. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from coopcircuits.i18n import gettext
from coopcircuits.references import plain
from coopcircuits.tax import TaxCategory
from shops.catalogue_import.parser import Problem, ProductRow
from shops.product.models import Category, Product, Variant
from shops.stock.queries import Level

#: The usual rate of an aisle where a new product's line names none; food otherwise.
_USUAL_TAX = {
    Category.ALCOHOL: TaxCategory.STANDARD,
    Category.HOUSEHOLD: TaxCategory.STANDARD,
    Category.PLANTS: TaxCategory.INTERMEDIATE,
}


@dataclass
class Plan:
    """The lines by what they do. ``new_products`` groups lines that make one product together."""

    new_products: list[list[ProductRow]] = field(default_factory=list)
    #: New units of products that exist.
    new_variants: list[tuple[Product, ProductRow]] = field(default_factory=list)
    changed: list[tuple[Variant, ProductRow]] = field(default_factory=list)
    unchanged: int = 0
    #: Numbers of the lines that come first for their product, and so give its description.
    leaders: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def created(self) -> int:
        return sum(map(len, self.new_products)) + len(self.new_variants)

    @property
    def updated(self) -> int:
        return len(self.changed)


def plan(rows: Sequence[ProductRow], known: Iterable[Variant], levels: Mapping[int, Level]) -> Plan:
    """Match each line with a variant: by SKU, else by producer, name and unit; what matches nothing is new."""
    made = Plan()
    by_sku, by_key, by_name = _indexes(known)
    matches = [by_sku.get((row.producer_id, row.sku)) or _free_match(by_key.get(row.key, []), row) for row in rows]
    for row, variant in zip(rows, matches, strict=True):
        if variant is not None:  # a new name of a known product serves its new units, too
            by_name[row.producer_id, plain(row.name)] = variant.product
    said: dict[object, ProductRow] = {}
    matched: dict[int, int] = {}
    fresh: dict[tuple[int, str], list[ProductRow]] = {}
    for row, variant in zip(rows, matches, strict=True):
        name = (row.producer_id, plain(row.name))
        product = by_name.get(name)
        leader = said.setdefault(product.id if product else name, row)
        made.problems += _contradiction(leader, row)
        if leader is row:
            made.leaders.add(row.line)
        if variant is not None:
            first = matched.setdefault(variant.id, row.line)
            if first != row.line:
                made.problems.append(_twice(row, first))
            elif _differs(variant, row, levels.get(variant.id, Level(0, False)), leads=leader is row):
                made.changed.append((variant, row))
            else:
                made.unchanged += 1
        elif product is not None:
            made.new_variants.append((product, row))
        else:
            fresh.setdefault(name, []).append(row)
    made.new_products = list(fresh.values())
    return made


def usual_tax(row: ProductRow) -> TaxCategory:
    """The tax category of a new line."""
    return row.tax_category or _USUAL_TAX.get(row.category, TaxCategory.FOOD)


def _indexes(
    known: Iterable[Variant],
) -> tuple[dict[tuple[int, str], Variant], dict[tuple[object, ...], list[Variant]], dict[tuple[int, str], Product]]:
    by_sku: dict[tuple[int, str], Variant] = {}
    by_key: dict[tuple[object, ...], list[Variant]] = {}
    by_name: dict[tuple[int, str], Product] = {}
    for variant in known:
        product = variant.product
        if variant.sku:
            by_sku.setdefault((product.producer_id, variant.sku), variant)
        names = plain(product.name), plain(variant.name), plain(variant.unit_name)
        key = (product.producer_id, *names, variant.unit_kind, variant.unit_value)
        by_key.setdefault(key, []).append(variant)
        by_name.setdefault((product.producer_id, names[0]), product)
    return by_sku, by_key, by_name


def _free_match(candidates: Sequence[Variant], row: ProductRow) -> Variant | None:
    """The first of the same name and unit, unless both bear a SKU: then they are two things."""
    return next((variant for variant in candidates if not (variant.sku and row.sku)), None)


def _differs(variant: Variant, row: ProductRow, level: Level, *, leads: bool) -> bool:
    product = variant.product
    same = (
        product.name == row.name
        and product.category is row.category
        and (row.description is None or not leads or product.description == row.description)
        and variant.name == row.display_name
        and (not row.sku or variant.sku == row.sku)
        and (variant.unit_kind, variant.unit_value) == (row.unit_kind, row.unit_value)
        and variant.unit_name == row.unit_name
        and variant.price == row.price
        and (row.tax_category is None or variant.tax_category is row.tax_category)
        and (row.on_hand is None or level.on_hand == row.on_hand)
        and (row.on_demand is None or level.on_demand == row.on_demand)
    )
    return not same


def _contradiction(first: ProductRow, row: ProductRow) -> list[Problem]:
    """Two lines of one product must agree on its name and aisle."""
    if first.category is not row.category:
        message = gettext("Line %(line)s puts the same product into another aisle.", line=first.line)
        return [Problem(row.line, "category", row.category.value, message)]
    if first.name != row.name:
        message = gettext("Line %(line)s writes the name of the same product otherwise.", line=first.line)
        return [Problem(row.line, "name", row.name, message)]
    return []


def _twice(row: ProductRow, first: int) -> Problem:
    message = gettext("Line %(line)s says the same product and unit. Keep one of the two.", line=first)
    return Problem(row.line, "sku" if row.sku else "name", row.sku or row.name, message)
