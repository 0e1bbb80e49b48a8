"""Units as people read them, in both languages, and prices to compare."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopcircuits import i18n
from shops.product.models import UnitKind
from shops.product.units import MOST, comparison, comparison_text, from_unit, to_unit, unit_text

THIN = "\u202f"


@pytest.mark.parametrize(
    ("kind", "value", "name", "french", "english"),
    [
        (UnitKind.WEIGHT, 500, "", f"500{THIN}g", "500\u00a0g"),
        (UnitKind.WEIGHT, 1500, "", f"1,5{THIN}kg", "1.5\u00a0kg"),
        (UnitKind.WEIGHT, 1_250_000, "", f"1{THIN}250{THIN}kg", "1,250\u00a0kg"),
        (UnitKind.VOLUME, 750, "", f"75{THIN}cL", "75\u00a0cL"),
        (UnitKind.VOLUME, 125, "", f"125{THIN}mL", "125\u00a0mL"),
        (UnitKind.VOLUME, 1500, "", f"1,5{THIN}L", "1.5\u00a0L"),
        (UnitKind.ITEM, 1, "botte", "botte", "botte"),
        (UnitKind.ITEM, 6, "œufs", f"6{THIN}œufs", "6\u00a0œufs"),
        (UnitKind.ITEM, 6, "boîte de 6", "boîte de 6", "boîte de 6"),
        (UnitKind.ITEM, 2, "", f"2{THIN}pièces", "2 pieces"),
    ],
)
def test_a_unit_reads_as_people_say_it(kind: UnitKind, value: int, name: str, french: str, english: str) -> None:
    assert unit_text(kind, value, name) == french
    with i18n.speaking("en"):
        assert unit_text(kind, value, name) == english


def test_the_price_to_compare_is_per_kilogram_litre_or_piece_rounded_half_up() -> None:
    assert comparison(220, UnitKind.WEIGHT, 500) == 440
    assert comparison(350, UnitKind.ITEM, 6) == 58
    assert comparison(345, UnitKind.VOLUME, 750) == 460
    assert comparison(1, UnitKind.WEIGHT, 2000) == 1  # half a cent goes up
    assert comparison_text(440, UnitKind.WEIGHT, "EUR") == "4,40\u00a0€\u00a0/\u00a0kg"
    assert comparison_text(58, UnitKind.ITEM, "EUR") == "0,58\u00a0€\u00a0/\u00a0pièce"


def test_measures_become_whole_grams_millilitres_and_pieces() -> None:
    assert to_unit(Decimal("1.5"), "kg") == (UnitKind.WEIGHT, 1500)
    assert to_unit(Decimal(75), "cL") == (UnitKind.VOLUME, 750)
    assert to_unit(Decimal(1), "lb") == (UnitKind.WEIGHT, 454)
    assert to_unit(Decimal(8), "oz") == (UnitKind.WEIGHT, 227)
    for amount, measure in (("0", "kg"), ("-1", "kg"), ("0.4", "g"), ("1.5", ""), ("1000", "kL"), ("999999", "t")):
        with pytest.raises(ValueError):  # noqa: PT011 - the view words it
            to_unit(Decimal(amount), measure)


@given(st.sampled_from(list(UnitKind)), st.integers(1, MOST))
def test_what_is_shown_in_a_form_means_what_is_kept(kind: UnitKind, value: int) -> None:
    assert to_unit(*from_unit(kind, value)) == (kind, value)
