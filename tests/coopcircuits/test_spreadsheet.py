"""Tables as files: right in a spreadsheet, harmless there, and never held whole."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask import Flask

from coopcircuits import i18n
from coopcircuits.spreadsheet import Cell, Sheet, SheetKind, answer

ROWS: list[list[Cell]] = [
    ["=cmd|' /C calc'!A0", -5, Decimal("-12.50"), date(2026, 10, 3), None],
    ["La ferme; « du » Val\n", 7, Decimal("1234.00"), None, "+33 6"],
]


def sheet(rows: Iterator[list[Cell]] | list[list[Cell]]) -> Sheet:
    return Sheet("releves-2026-10", ["Nom", "Nombre", "Montant", "Jour", "Note"], rows)


@pytest.mark.parametrize(("language", "separator", "amount"), [("fr", ";", "-12,50"), ("en", ",", "-12.50")])
def test_csv_is_written_as_the_readers_country_does(app: Flask, language: str, separator: str, amount: str) -> None:
    with app.test_request_context(), i18n.speaking(language):
        response = answer(sheet(ROWS), SheetKind.CSV)
        text = response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    heads, first, second = csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=separator)
    assert heads == ["Nom", "Nombre", "Montant", "Jour", "Note"]
    assert first == ["'=cmd|' /C calc'!A0", "-5", amount, "2026-10-03", ""]
    assert second[0] == "La ferme; « du » Val\n"
    assert second[4] == "'+33 6"
    assert response.headers["Content-Disposition"] == 'attachment; filename="releves-2026-10.csv"'


def test_a_workbook_keeps_numbers_dates_and_texts_apart(app: Flask) -> None:
    with app.test_request_context():
        content = answer(sheet(ROWS), SheetKind.XLSX).get_data()
    found = openpyxl.load_workbook(BytesIO(content)).active
    assert found is not None
    first = [(cell.value, cell.data_type) for cell in found[2]]
    assert first[0] == ("=cmd|' /C calc'!A0", "s"), "a text, not a formula"
    assert [value for value, _ in first[1:3]] == [-5, -12.5]
    assert str(first[3][0])[:10] == "2026-10-03"
    assert found["E3"].value == "+33 6"


def test_rows_are_asked_for_while_the_file_is_read(app: Flask) -> None:
    asked = 0

    def rows() -> Iterator[list[Cell]]:
        nonlocal asked
        for number in range(10_000):
            asked += 1
            yield [str(number), number, None, None, None]

    with app.test_request_context():
        body = iter(answer(sheet(rows()), SheetKind.CSV).response)
        for _ in range(3):
            next(body)
        assert asked < 10
        assert sum(1 for _ in body) > 9_000
