"""What is typed about a product and its variants."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, FormField, HiddenField, SelectField, StringField
from wtforms.widgets import TextArea

from coopcircuits.asked import whole_number
from coopcircuits.forms import Form, Lines, Required, read_decimal, select_options, text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.tax import TaxCategory
from coopcircuits.templating import money_text
from shops.errors import CellProblem
from shops.product import cells
from shops.product.drawings import NAMES as DRAWINGS
from shops.product.drawings import guess_drawing
from shops.product.models import Category, Product, UnitKind, Variant
from shops.product.services import ProductDetails, VariantChange, VariantSpec
from shops.product.units import from_unit, to_unit
from shops.stock.queries import Level

MOST_VARIANTS = 30
#: What the hidden field of a line holds: the values that others may change while it is being typed.
_SEEN = ("price", "on_hand", "on_demand")
_MEASURES = ("g", "kg", "mL", "cL", "L")


class VariantForm(Form):
    """One unit and its price. A new line left blank is nothing."""

    currency = "EUR"

    variant_id = HiddenField()
    seen = HiddenField()
    amount = StringField(lazy("Quantity"), [Required()])
    measure = SelectField(
        lazy("Unit"), choices=select_options([*((unit, unit) for unit in _MEASURES), ("", lazy("piece"))]), default="kg"
    )
    unit_name = text(
        lazy("Name of the piece"), most=40, required=False, help=lazy("For pieces: bunch, loaf, box of 6…")
    )
    price = StringField(lazy("Price, tax included"), [Required()])
    tax_category = SelectField(lazy("VAT"), coerce=TaxCategory, default=TaxCategory.FOOD)
    name = text(lazy("Variety or packaging"), most=120, required=False)
    sku = text(lazy("Your reference"), most=64, required=False)
    on_hand = StringField(lazy("In stock"), default="0")
    on_demand = BooleanField(lazy("Without limit"))
    remove = BooleanField(lazy("Take this line off the list"))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.read: VariantSpec | None = None

    @property
    def key(self) -> int | None:
        """Id of the variant this line edits; ``None`` for a new one."""
        return whole_number(self.variant_id.data or "")

    @property
    def is_blank(self) -> bool:
        typed = (self.amount.data, self.price.data, self.name.data, self.sku.data)
        return self.key is None and not any((value or "").strip() for value in typed)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the line and keep what it says in ``self.read``."""
        if self.is_blank or self.remove.data:
            return True
        fine = super().validate(extra_validators)
        kind, value = UnitKind.WEIGHT, 0
        if not self.amount.errors and not self.measure.errors:
            try:
                kind, value = to_unit(read_decimal(self.amount.data or ""), self.measure.data)
            except ValueError:
                self.amount.errors = [gettext("Write a quantity such as 500 or 1.5; pieces are whole.")]
        price = self._number(self.price, lambda typed: cells.read_price(typed, self.currency))
        on_hand = self._number(self.on_hand, lambda typed: cells.read_stock(typed or "0"))
        fine = fine and not (self.amount.errors or self.price.errors or self.on_hand.errors)
        if fine:
            self.read = VariantSpec(
                name=self.name.data or "",
                sku=self.sku.data or "",
                unit_kind=kind,
                unit_value=value,
                unit_name=(self.unit_name.data or "") if kind is UnitKind.ITEM else "",
                price=price,
                tax_category=self.tax_category.data,
                on_hand=on_hand,
                on_demand=self.on_demand.data,
            )
        return fine

    @staticmethod
    def _number(field: StringField, read: Any) -> int:
        if field.errors:
            return 0
        try:
            return int(read((field.data or "").strip()))
        except ValueError as error:
            field.errors = [str(error)]
            return 0


class ProductForm(Form):
    """The page of one product."""

    name = text(lazy("Name"), most=120, help=lazy("What people look for: “Tomates anciennes”."))
    category = SelectField(lazy("Aisle"), coerce=Category)
    description = text(lazy("Description"), most=2000, required=False, widget=TextArea())
    drawing = SelectField(
        lazy("Drawing"),
        choices=select_options(
            [("", lazy("The one that suits the name")), *((n, lazy(label)) for n, label in DRAWINGS.items())]
        ),
        default="",
    )
    labels = text(
        lazy("Labels"), most=200, required=False, help=lazy("Separated by semicolons, for example: AB; Demeter.")
    )
    allergens = text(lazy("Allergens"), most=200, required=False)
    origin = text(lazy("Origin"), most=120, required=False)
    is_alcohol = BooleanField(lazy("Contains alcohol: adults only"))
    variants = Lines(FormField(VariantForm), min_entries=1, max_entries=MOST_VARIANTS)

    def __init__(
        self,
        *given: Any,
        currency: str,
        categories: list[tuple[Category, str]],
        taxes: list[tuple[TaxCategory, str]],
        **options: Any,
    ) -> None:
        super().__init__(*given, **options)
        self.category.choices = select_options(categories)
        self._currency, self._taxes = currency, taxes
        self._prepare()

    def add_line(self) -> None:
        """One more blank line, at most :data:`MOST_VARIANTS`."""
        if len(self.variants.entries) < MOST_VARIANTS:
            self.variants.append_entry()
            self._prepare()

    def _prepare(self) -> None:
        for entry in self.variants.entries:
            entry.form.currency = self._currency
            entry.form.tax_category.choices = select_options(self._taxes)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields; at least one line must remain."""
        fine = super().validate(extra_validators)
        if not any(not line.is_blank and not line.remove.data for line in self.lines):
            self.lines[0].amount.errors = [gettext("A product needs at least one unit and price.")]
            self._gather_errors()
            return False
        return fine

    @property
    def lines(self) -> list[VariantForm]:
        return [entry.form for entry in self.variants.entries]

    def refuse_cells(self, problems: Iterable[CellProblem], currency: str) -> None:
        """Put what others changed meanwhile beside its field; the person has now seen the present values."""
        lines = {line.key: line for line in self.lines}
        for problem in problems:
            line = lines[problem.variant_id]
            now = money_text(int(str(problem.now)), currency) if problem.field == "price" else problem.now
            field = line._fields.get(problem.field, line.amount)
            field.errors = [gettext(problem.message, now=now)]
            seen = (line.seen.data or "").split(";")
            if problem.field in _SEEN and len(seen) == len(_SEEN):
                seen[_SEEN.index(problem.field)] = str(int(str(problem.now)))
                line.seen.data = ";".join(seen)
        self._gather_errors()

    def _gather_errors(self) -> None:
        """Let the list know what was found in its lines after it was checked."""
        self.variants.errors = [entry.errors for entry in self.variants.entries]

    def details(self) -> ProductDetails:
        """What was typed about the product as a whole."""
        name, category = self.name.data or "", self.category.data
        return ProductDetails(
            name=name,
            description=(self.description.data or "").replace("\r\n", "\n"),
            category=category,
            drawing=self.drawing.data or guess_drawing(name, category),
            labels=[label for part in (self.labels.data or "").split(";") if (label := part.strip())],
            allergens=self.allergens.data or "",
            origin=self.origin.data or "",
            is_alcohol=bool(self.is_alcohol.data) or category is Category.ALCOHOL,
        )

    def added(self) -> list[VariantSpec]:
        """New lines."""
        return [line.read for line in self.lines if line.key is None and line.read and not line.remove.data]

    def removed(self) -> list[int]:
        """Ids of variants to be taken off."""
        return [line.key for line in self.lines if line.key is not None and line.remove.data]

    def changes(self, product: Product) -> list[VariantChange]:
        """Cells of known variants: price and stock against what the page showed, the rest against what is kept."""
        kept = {variant.id: variant for variant in product.variants}
        found: list[VariantChange] = []
        for line in self.lines:
            if line.key in kept and line.read is not None:
                found += _changes_of(kept[line.key], line.read, line.seen.data or "")
        return found

    @staticmethod
    def values_of(product: Product, levels: dict[int, Level], currency: str) -> dict[str, Any]:
        """What the form shows of a product."""
        return {
            "name": product.name,
            "category": product.category,
            "description": product.description,
            "drawing": product.drawing,
            "labels": "; ".join(product.labels),
            "allergens": product.allergens,
            "origin": product.origin,
            "is_alcohol": product.is_alcohol,
            "variants": [_line_values(v, levels.get(v.id, Level(0, False)), currency) for v in product.variants],
        }


def _line_values(variant: Variant, level: Level, currency: str) -> dict[str, Any]:
    amount, measure = from_unit(variant.unit_kind, variant.unit_value)
    return {
        "variant_id": str(variant.id),
        "seen": f"{variant.price};{level.on_hand};{int(level.on_demand)}",
        "amount": cells.as_typed(amount),
        "measure": measure,
        "unit_name": variant.unit_name,
        "price": cells.price_as_typed(variant.price, currency),
        "tax_category": variant.tax_category,
        "name": variant.name,
        "sku": variant.sku,
        "on_hand": str(level.on_hand),
        "on_demand": level.on_demand,
    }


def _changes_of(variant: Variant, wanted: VariantSpec, seen: str) -> list[VariantChange]:
    parts = seen.split(";")
    numbers = [int(part) for part in parts if part.isdecimal() and len(part) < 12]
    if len(numbers) != 3:
        numbers = [variant.price, wanted.on_hand, int(wanted.on_demand)]
    shown = {"price": numbers[0], "on_hand": numbers[1], "on_demand": bool(numbers[2])}
    names = ("name", "sku", "unit_kind", "unit_value", "unit_name", "tax_category")
    shown |= {name: getattr(variant, name) for name in names}
    return [VariantChange(variant.id, name, value, getattr(wanted, name)) for name, value in shown.items()]
