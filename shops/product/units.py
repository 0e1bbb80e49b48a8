"""How a unit and its price are written for people; pure calculation, no database."""

from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from coopcircuits import i18n, money
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.templating import money_text
from shops.product.models import UnitKind

#: Grams in a kilogram and millilitres in a litre; pieces are compared one by one.
_COMPARED = {UnitKind.WEIGHT: 1000, UnitKind.VOLUME: 1000, UnitKind.ITEM: 1}


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
