"""From a file to products: each cell understood, or a problem that names its line, column and value. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coopcircuits.forms import read_decimal
from coopcircuits.i18n import gettext
from coopcircuits.references import plain
from coopcircuits.tax import TaxCategory
from shops.catalogue_import.reading import Line, read_table
from shops.product import cells
from shops.product.categories import read_category
from shops.product.models import Category, UnitKind
from shops.product.taxes import read_tax
from shops.product.units import MEASURES, to_unit

#: A cell that a spreadsheet would take for a formula; exports put an apostrophe before it, imports take it away.
FORMULA = re.compile(r"'*[=+\-@\t\r]")

_YES = {"1", "yes", "y", "true", "oui", "o", "vrai", "x"}
_NO = {"0", "no", "n", "false", "non", "faux"}
_MEASURE_NAMES = {name.lower(): name for name in MEASURES} | {
    "gramme": "g",
    "grammes": "g",
    "gram": "g",
    "grams": "g",
    "kilo": "kg",
    "kilos": "kg",
    "kilogramme": "kg",
    "litre": "L",
    "litres": "L",
    "liter": "L",
    "millilitre": "mL",
    "centilitre": "cL",
    "lbs": "lb",
    "item": "",
    "items": "",
    "piece": "",
    "pieces": "",
    "unit": "",
    "unite": "",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: where, what was read, and what to do, in the reader's language."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class ProductRow:
    """One line understood. ``None`` means that the file says nothing: a known product keeps what it has."""

    line: int
    producer_id: int
    sku: str
    name: str
    display_name: str
    category: Category
    description: str | None
    unit_kind: UnitKind
    unit_value: int
    unit_name: str
    price: int
    on_hand: int | None
    on_demand: bool | None
    tax_category: TaxCategory | None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same thing to buy where there is no SKU."""
        names = plain(self.name), plain(self.display_name), plain(self.unit_name)
        return self.producer_id, *names, self.unit_kind, self.unit_value


@dataclass(frozen=True)
class Parsed:
    """A file understood as far as possible."""

    rows: list[ProductRow]
    problems: list[Problem]
    lines: int
    ignored: tuple[str, ...]


def parse(content: bytes, *, home_id: int, producers: Mapping[str, int], currency: str) -> Parsed:
    """Read a catalogue. ``producers`` gives the id of each producer that may be named, by its name without case or
    accents and by its permalink; a blank means ``home_id``. Raises ``UnreadableFile`` when nothing can be made of it.
    """
    table = read_table(content)
    rows: list[ProductRow] = []
    problems: list[Problem] = []
    count = 0
    for line in table.lines:
        count += 1
        reading = _Reading(line, home_id, producers, currency)
        row = reading.row()
        problems += reading.problems
        if row is not None:
            rows.append(row)
    problems += _repeated(rows)
    return Parsed(rows, sorted(problems, key=lambda problem: problem.line), count, table.ignored)


class _Reading:
    """One line on its way to a row; collects what is wrong with every cell, not only the first."""

    def __init__(self, line: Line, home_id: int, producers: Mapping[str, int], currency: str) -> None:
        self.line, self.home_id, self.producers, self.currency = line, home_id, producers, currency
        self.problems: list[Problem] = []

    def row(self) -> ProductRow | None:
        if self.line.extra:
            extra = " ".join(self.line.extra)
            self._wrong("", extra, gettext("There are more cells than columns: is a comma missing its quotes?"))
        producer_id = self._producer()
        kind, value, unit_name = self._unit()
        category = self._category()
        row = ProductRow(
            line=self.line.number,
            producer_id=producer_id,
            sku=self._text("sku", most=64),
            name=self._text("name", most=120, required=True),
            display_name=self._text("display_name", most=120),
            category=category,
            description=self._description(),
            unit_kind=kind,
            unit_value=value,
            unit_name=unit_name,
            price=self._number("price", lambda typed: cells.read_price(typed, self.currency)) or 0,
            on_hand=self._number("on_hand", cells.read_stock) if self._cell("on_hand") else None,
            on_demand=self._yes_or_no("on_demand"),
            tax_category=self._tax(),
        )
        return None if self.problems else row

    def _cell(self, column: str) -> str:
        text = self.line.cells.get(column, "")
        return text[1:] if text.startswith("'") and FORMULA.match(text) else text

    def _wrong(self, column: str, value: str, message: str) -> None:
        shown = "".join(c if c.isprintable() else "·" for c in value[:60]) + ("…" if len(value) > 60 else "")
        self.problems.append(Problem(self.line.number, column, shown, message))

    def _text(self, column: str, *, most: int, required: bool = False) -> str:
        typed = self._cell(column)
        if required and not typed:
            self._wrong(column, "", gettext("Please fill this in."))
        try:
            return cells.read_name(typed, most=most)
        except ValueError as error:
            self._wrong(column, typed, str(error))
            return ""

    def _description(self) -> str | None:
        typed = self._cell("description").replace("\r\n", "\n")
        if len(typed) > 2000:
            self._wrong("description", typed, gettext("At most %(most)s characters.", most=2000))
        elif cells.has_control_characters(typed):
            self._wrong("description", typed, gettext("This contains characters that cannot be read."))
        return typed or None

    def _number(self, column: str, read: Callable[[str], int]) -> int | None:
        typed = self._cell(column)
        if not typed:
            self._wrong(column, "", gettext("Please fill this in."))
            return None
        try:
            return read(typed)
        except ValueError as error:
            self._wrong(column, typed, str(error))
            return None

    def _producer(self) -> int:
        typed = self._cell("producer")
        if not typed:
            return self.home_id
        found = self.producers.get(plain(typed))
        if found is None:
            self._wrong(
                "producer",
                typed,
                gettext("This producer does not let you edit its catalogue. Leave the cell empty for yours."),
            )
        return found or 0

    def _category(self) -> Category:
        typed = self._cell("category")
        found = read_category(typed)
        if found is None:
            self._wrong(
                "category",
                typed,
                gettext("We know no such aisle. Write for example Vegetables, Fruit, Dairy, Eggs or Bread and flour."),
            )
        return found or Category.GROCERIES

    def _tax(self) -> TaxCategory | None:
        typed = self._cell("tax_category")
        if not typed:
            return None
        found = read_tax(typed)
        if found is None:
            self._wrong(
                "tax_category",
                typed,
                gettext("Write food, intermediate, standard, special or exempt, or nothing."),
            )
        return found

    def _yes_or_no(self, column: str) -> bool | None:
        typed = plain(self._cell(column))
        if not typed:
            return None
        if typed not in _YES | _NO:
            self._wrong(column, typed, gettext("Write 1 for yes or 0 for no."))
        return typed in _YES

    def _unit(self) -> tuple[UnitKind, int, str]:
        typed, written = self._cell("units"), self._cell("unit_type")
        measure = _MEASURE_NAMES.get(plain(written))
        name = self._text("variant_unit_name", most=40)
        if measure is None:
            self._wrong("unit_type", written, gettext("Write g, kg, mL, cL, L, oz or lb; leave it empty for pieces."))
            return UnitKind.ITEM, 1, name
        if measure == "" and not name:
            self._wrong(
                "variant_unit_name",
                "",
                gettext("Say what a piece is (bunch, loaf, box), or give a unit_type such as kg."),
            )
        try:
            kind, value = to_unit(read_decimal(typed), measure)
        except ValueError:
            self._wrong("units", typed, gettext("Write a quantity such as 500 or 1.5; pieces are whole."))
            return UnitKind.ITEM, 1, name
        return kind, value, name if kind is UnitKind.ITEM else ""


def _repeated(rows: list[ProductRow]) -> list[Problem]:
    """Lines that say the same SKU, or without SKU the same thing to buy, as an earlier one."""
    problems = []
    by_sku: dict[tuple[int, str], int] = {}
    by_key: dict[tuple[object, ...], int] = {}
    for row in rows:
        if row.sku:
            first = by_sku.setdefault((row.producer_id, row.sku), row.line)
            if first != row.line:
                message = gettext("This SKU is on line %(line)s already: each must be used once.", line=first)
                problems.append(Problem(row.line, "sku", row.sku, message))
            continue
        first = by_key.setdefault(row.key, row.line)
        if first != row.line:
            message = gettext("Line %(line)s says the same product and unit. Keep one of the two.", line=first)
            problems.append(Problem(row.line, "name", row.name, message))
    return problems
