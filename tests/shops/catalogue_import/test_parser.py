"""Reading catalogues as people really send them."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coopcircuits import i18n
from coopcircuits.tax import TaxCategory
from shops.catalogue_import.parser import Parsed, Problem, ProductRow, parse
from shops.catalogue_import.reading import COLUMNS, MOST_ROWS, UnreadableFile
from shops.product.models import Category, UnitKind

HOME, SUPPLIER = 1, 2
GOOD = {
    "name": "Tomates rondes",
    "category": "Légumes",
    "units": "1",
    "unit_type": "kg",
    "price": "3,90",
    "on_hand": "40",
}


def read(content: bytes) -> Parsed:
    return parse(content, home_id=HOME, producers={"le fournil": SUPPLIER, "fournil": SUPPLIER}, currency="EUR")


def file_of(*rows: dict[str, str], separator: str = ";", encoding: str = "utf-8", columns: Any = None) -> bytes:
    columns = columns or list(dict.fromkeys(key for row in rows for key in row))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return buffer.getvalue().encode(encoding)


def one(**cells: str) -> ProductRow:
    parsed = read(file_of({**GOOD, **cells}))
    assert parsed.problems == []
    return parsed.rows[0]


def problem(**cells: str) -> Problem:
    parsed = read(file_of({**GOOD, **cells}))
    assert parsed.rows == []
    [found] = parsed.problems
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_any_encoding_and_separator(encoding: str, separator: str) -> None:
    parsed = read(file_of({**GOOD, "name": "Pêches très mûres"}, separator=separator, encoding=encoding))
    assert parsed.problems == []
    assert (parsed.rows[0].name, parsed.rows[0].price) == ("Pêches très mûres", 390)


def test_windows_quotes_and_euros_survive() -> None:
    parsed = read(file_of({**GOOD, "name": "Crème d’Élise", "price": "3,90 €"}, encoding="cp1252"))
    assert (parsed.rows[0].name, parsed.rows[0].price) == ("Crème d’Élise", 390)


def test_open_food_networks_own_columns_in_full() -> None:
    row = {
        "producer": "Le Fournil",
        "sku": "PAIN-1",
        "name": "Pain de campagne",
        "display_name": "au levain",
        "category": "Bakery",
        "description": "Farine de la Drôme,\nlevain naturel",
        "units": "1",
        "unit_type": "",
        "variant_unit_name": "pain",
        "price": "4.80",
        "on_hand": "12",
        "available_on": "2026-11-01",
        "on_demand": "0",
        "shipping_category": "Default",
        "tax_category": "5,5 %",
    }
    parsed = read(file_of(row, separator=",", columns=COLUMNS))
    assert parsed.problems == []
    assert parsed.rows == [
        ProductRow(
            line=2,
            producer_id=SUPPLIER,
            sku="PAIN-1",
            name="Pain de campagne",
            display_name="au levain",
            category=Category.BREAD_AND_FLOUR,
            description="Farine de la Drôme,\nlevain naturel",
            unit_kind=UnitKind.ITEM,
            unit_value=1,
            unit_name="pain",
            price=480,
            on_hand=12,
            on_demand=False,
            tax_category=TaxCategory.FOOD,
        )
    ]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    parsed = read(file_of({**GOOD, "description": "une\ndeux\ntrois"}, {}, {**GOOD, "price": "abc"}))
    assert [(p.line, p.column, p.value) for p in parsed.problems if p.column == "price"] == [(6, "price", "abc")]


@pytest.mark.parametrize(
    ("units", "unit_type", "expected"),
    [
        ("500", "g", (UnitKind.WEIGHT, 500)),
        ("1,5", "KG", (UnitKind.WEIGHT, 1500)),
        ("250000", "mg", (UnitKind.WEIGHT, 250)),
        ("0.5", "t", (UnitKind.WEIGHT, 500_000)),
        ("8", "oz", (UnitKind.WEIGHT, 227)),
        ("1", "lb", (UnitKind.WEIGHT, 454)),
        ("330", "ml", (UnitKind.VOLUME, 330)),
        ("75", "cL", (UnitKind.VOLUME, 750)),
        ("5", "dL", (UnitKind.VOLUME, 500)),
        ("1", "litre", (UnitKind.VOLUME, 1000)),
    ],
)
def test_units_of_every_country(units: str, unit_type: str, expected: tuple[UnitKind, int]) -> None:
    row = one(units=units, unit_type=unit_type)
    assert (row.unit_kind, row.unit_value) == expected


@pytest.mark.parametrize(("typed", "meant"), [("1", True), ("oui", True), ("Yes", True), ("0", False), ("non", False)])
def test_on_demand_in_words(typed: str, meant: bool) -> None:
    assert one(on_demand=typed, on_hand="").on_demand is meant


@pytest.mark.parametrize(
    ("cells", "column", "value"),
    [
        ({"name": ""}, "name", ""),
        ({"name": "x" * 121}, "name", "x" * 60 + "…"),
        ({"name": "To\x07mates"}, "name", "To·mates"),
        ({"price": "-3"}, "price", "-3"),
        ({"price": "1e9"}, "price", "1e9"),
        ({"price": "99999"}, "price", "99999"),
        ({"price": "3,905"}, "price", "3,905"),
        ({"on_hand": "-1"}, "on_hand", "-1"),
        ({"on_hand": "2,5"}, "on_hand", "2,5"),
        ({"unit_type": "stone"}, "unit_type", "stone"),
        ({"unit_type": ""}, "variant_unit_name", ""),
        ({"units": "0"}, "units", "0"),
        ({"units": "beaucoup"}, "units", "beaucoup"),
        ({"category": "Jouets"}, "category", "Jouets"),
        ({"on_demand": "peut-être"}, "on_demand", "peut-etre"),
        ({"tax_category": "19 %"}, "tax_category", "19 %"),
        ({"producer": "La ferme d’en face"}, "producer", "La ferme d’en face"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_column_and_value(cells: dict[str, str], column: str, value: str) -> None:
    found = problem(**cells)
    assert (found.line, found.column, found.value) == (2, column, value)
    assert found.message


def test_every_bad_cell_of_a_line_is_told_at_once() -> None:
    parsed = read(file_of({**GOOD, "price": "abc", "category": "Jouets", "units": "-1"}))
    assert {found.column for found in parsed.problems} == {"price", "category", "units"}


def test_a_sku_is_used_once_and_so_is_a_product_with_its_unit() -> None:
    parsed = read(
        file_of({**GOOD, "sku": "A"}, {**GOOD, "name": "Autre", "sku": "A"}, GOOD, {**GOOD, "name": "TOMATES rondes"})
    )
    assert [(found.line, found.column) for found in parsed.problems] == [(3, "sku"), (5, "name")]


def test_a_decimal_comma_without_quotes_is_said() -> None:
    content = b"name,category,units,unit_type,price\nTomates,Fruit,1,kg,3,90\n"
    [found] = read(content).problems
    assert (found.line, found.value) == (2, "90")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "vide"),
        (b" \r\n \n", "vide"),
        (b"PK\x03\x04" + b"\0" * 50, "classeur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "classeur"),
        (b"name;category\0;units;price\n", "texte"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "texte"),
        (b"nom;truc\nTomates;1\n", "category, units, price"),
        (b"name;category;units;price\n", "aucun produit"),
        (b"name;name;category;units;price\nA;B;Fruit;1;1\n", "deux fois"),
        (b'name;category;units;price\n"' + b"x" * 140_000, "guillemet"),
        (b"name;category;units;price\n" + b"A;Fruit;1;1\n" * (MOST_ROWS + 1), "lignes"),
        (b"name" + b"x" * (10 * 1024 * 1024), "10"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content: bytes, word: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(content)
    assert word in str(refused.value)


def test_unknown_columns_are_left_aside_and_named() -> None:
    parsed = read(file_of({**GOOD, "couleur": "rouge", "Saison": "été"}))
    assert parsed.problems == []
    assert parsed.ignored == ("couleur", "Saison")


def test_a_header_may_be_french() -> None:
    row = {"Nom": "Tomates", "Catégorie": "Légumes", "Quantité": "1", "Unité": "kg", "Prix TTC": "3,90", "Stock": "4"}
    assert read(file_of(row)).rows[0].on_hand == 4


_SAMPLE = file_of(
    {**GOOD, "sku": "A-1", "description": "ligne\nsuivante", "tax_category": "food"},
    {**GOOD, "name": "Œufs", "units": "6", "unit_type": "", "variant_unit_name": "boîte", "on_demand": "1"},
)
_SPOILERS = [b"\x00", b"\xff", b'"', b";", b"\n", b"\r", b"=", b"-", b"9" * 30, b"\xe2\x80\xa8", b"\xed\xa0\x80"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(_SAMPLE)), st.integers(0, 12), st.sampled_from([b"", *_SPOILERS])), max_size=6
    )
)
def test_no_damage_to_a_file_is_an_accident(damages: list[tuple[int, int, bytes]]) -> None:
    """Whatever is cut out or put in: rows that can be kept, problems with a place, or a kind refusal."""
    content = _SAMPLE
    for place, length, put in damages:
        content = content[:place] + put + content[place + length :]
    with i18n.speaking("fr"):
        try:
            parsed = read(content)
        except UnreadableFile:
            return
    for row in parsed.rows:
        assert 0 < len(row.name) <= 120
        assert 0 <= row.price <= 1_000_000
        assert row.unit_value > 0
    assert all(found.line > 1 and found.message for found in parsed.problems)
