"""How a unit and its price are written for people; pure calculation, no database."""

from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from coopcircuits import i18n, money
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.templating import money_text
from shops.product.models import UnitKind

#: What one of each measure is in grams, millilitres or pieces (pound and ounce avoirdupois, imperial gallon).
MEASURES: dict[str, tuple[UnitKind, Decimal]] = {
    "mg": (UnitKind.WEIGHT, Decimal("0.001")),
    "g": (UnitKind.WEIGHT, Decimal(1)),
    "kg": (UnitKind.WEIGHT, Decimal(1000)),
    "t": (UnitKind.WEIGHT, Decimal(1_000_000)),
    "oz": (UnitKind.WEIGHT, Decimal("28.349523125")),
    "lb": (UnitKind.WEIGHT, Decimal("453.59237")),
    "mL": (UnitKind.VOLUME, Decimal(1)),
    "cL": (UnitKind.VOLUME, Decimal(10)),
    "dL": (UnitKind.VOLUME, Decimal(100)),
    "L": (UnitKind.VOLUME, Decimal(1000)),
    "kL": (UnitKind.VOLUME, Decimal(1_000_000)),
    "gal": (UnitKind.VOLUME, Decimal("4546.09")),
    "": (UnitKind.ITEM, Decimal(1)),
}
#: A hundred tonnes or cubic metres; more is a slip of the keyboard.
MOST = 100_000_000

#: Grams in a kilogram and millilitres in a litre; pieces are compared one by one.
_COMPARED = {UnitKind.WEIGHT: 1000, UnitKind.VOLUME: 1000, UnitKind.ITEM: 1}


def to_unit(amount: Decimal, measure: str) -> tuple[UnitKind, int]:
    """``amount`` of one of :data:`MEASURES` as kind and whole grams, millilitres or pieces, rounded half up.

    Raises :class:`ValueError` when that is nothing, too much, or part of a piece.
    """
    kind, size = MEASURES[measure]
    value = money.rounded(amount * size)
    if not 1 <= value <= MOST or (kind is UnitKind.ITEM and amount != value):
        raise ValueError(f"{amount} {measure}")
    return kind, value


def from_unit(kind: UnitKind, value: int) -> tuple[Decimal, str]:
    """A unit as a person would type it: 1500 g as 1.5 kg."""
    if kind is UnitKind.ITEM:
        return Decimal(value), ""
    small, large = ("g", "kg") if kind is UnitKind.WEIGHT else ("mL", "L")
    return (Decimal(value) / 1000, large) if value >= 1000 else (Decimal(value), small)


def unit_text(kind: UnitKind, value: int, name: str = "") -> str:
    """A unit as a shopper reads it: "500 g", "1,5 kg", "75 cL", "botte", "6 œufs".

    ``value`` is grams, millilitres or pieces; ``name`` says what a piece is called, and is not used otherwise. A name
    that already tells the number ("boîte de 6") stands alone.
    """
    if kind is UnitKind.WEIGHT:
        return _measure(Decimal(value) / 1000, "kg") if value >= 1000 else _measure(Decimal(value), "g")
    if kind is UnitKind.VOLUME:
        if value >= 1000:
            return _measure(Decimal(value) / 1000, "L")
        if value >= 100 and value % 10 == 0:
            return _measure(Decimal(value) / 10, "cL")
        return _measure(Decimal(value), "mL")
    if not name:
        return ngettext("%(num)s piece", "%(num)s pieces", value)
    if value == 1 or str(value) in name.split():
        return name
    return f"{value}{_space()}{name}"


def comparison(price: int, kind: UnitKind, value: int) -> int:
    """Price per kilogram, litre or piece in minor units, rounded half up: price × 1000 ÷ grams, for example."""
    return money.rounded(Fraction(price * _COMPARED[kind], value))


def comparison_text(amount: int, kind: UnitKind, currency: str) -> str:
    """A result of :func:`comparison` as "4,40 € / kg"."""
    per = {UnitKind.WEIGHT: "kg", UnitKind.VOLUME: "L"}.get(kind) or gettext("piece")
    return f"{money_text(amount, currency)}\u00a0/\u00a0{per}"


def _measure(number: Decimal, unit: str) -> str:
    text: str = format_decimal(number, format="#,##0.###", locale=i18n.locale())
    return f"{text}{_space()}{unit}"


def _space() -> str:
    """French writes a narrow no-break space before a unit."""
    return "\u202f" if i18n.language() == "fr" else "\u00a0"
