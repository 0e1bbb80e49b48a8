"""A catalogue as a file in Open Food Network's columns; importing it again changes nothing. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from coopcircuits import i18n
from coopcircuits.i18n import gettext
from coopcircuits.tax import TaxCategory
from shops.catalogue_import.parser import FORMULA
from shops.catalogue_import.reading import COLUMNS
from shops.product import cells
from shops.product.categories import category_name
from shops.product.models import Category, Product, UnitKind, Variant
from shops.product.taxes import tax_name
from shops.product.units import from_unit
from shops.stock.queries import Level


def export(products: Sequence[Product], levels: Mapping[int, Level], currency: str) -> Iterator[str]:
    """The file's text, line by line, with the separator and decimals that spreadsheets of the reader's country expect.

    Cells that a spreadsheet would run as a formula get an apostrophe before them.
    """
    separator = ";" if i18n.language() == "fr" else ","
    yield "\ufeff"  # without this mark Excel takes UTF-8 for its own old encoding
    yield _line(COLUMNS, separator)
    for product in products:
        for variant in product.variants:
            level = levels.get(variant.id, Level(0, False))
            yield _line([_safe(cell) for cell in _cells(product, variant, level, currency)], separator)


def model() -> Iterator[str]:
    """A small file to start from: every column, and three lines as people write them."""
    separator = ";" if i18n.language() == "fr" else ","
    half, price = cells.as_typed(Decimal("0.5")), cells.as_typed(Decimal("3.90"))
    carrots, eggs, juice = gettext("Carrots"), gettext("Eggs"), gettext("Apple juice")
    vegetables, dairy, drinks = map(category_name, (Category.VEGETABLES, Category.EGGS, Category.DRINKS))
    box, food = gettext("box of 6"), tax_name(TaxCategory.FOOD)
    yield "\ufeff"
    yield _line(COLUMNS, separator)
    yield _line(["", "C-500", carrots, "", vegetables, "", half, "kg", "", price, "40", "", "0", "", food], separator)
    yield _line(["", "E-6", eggs, "", dairy, "", "6", "", box, price, "30", "", "0", "", food], separator)
    yield _line(["", "", juice, "", drinks, "", "75", "cL", "", price, "", "", "1", "", food], separator)


def _cells(product: Product, variant: Variant, level: Level, currency: str) -> list[str]:
    amount, measure = from_unit(variant.unit_kind, variant.unit_value)
    is_item = variant.unit_kind is UnitKind.ITEM
    return [
        product.producer.name,
        variant.sku,
        product.name,
        variant.name,
        category_name(product.category),
        product.description,
        cells.as_typed(amount),
        measure,
        (variant.unit_name or gettext("piece")) if is_item else "",
        cells.price_as_typed(variant.price, currency),
        str(level.on_hand),
        "",
        "1" if level.on_demand else "0",
        "",
        tax_name(variant.tax_category),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _line(row: Sequence[str], separator: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerow(row)
    return buffer.getvalue()
