"""Tables for spreadsheet programs, written row by row however long they are: CSV as the reader writes it, and XLSX."""

import csv
import enum
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO

from flask import Response

from coopcircuits import i18n
from coopcircuits.download import download
from coopcircuits.errors import NotFound

#: What a cell may hold; amounts are decimals of the main unit, ``None`` is an empty cell.
Cell = str | int | Decimal | date | None
#: Beginnings that a spreadsheet would run as a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 64 * 1024


class SheetKind(enum.StrEnum):
    """File formats, by their ending."""

    CSV = "csv"
    XLSX = "xlsx"


def kind_in(ending: str) -> SheetKind:
    """The format that the end of an address names; raises :class:`NotFound`."""
    try:
        return SheetKind(ending)
    except ValueError:
        raise NotFound from None


_MEDIA_TYPES = {
    SheetKind.CSV: "text/csv; charset=utf-8",
    SheetKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Sheet:
    """A table with a row of headings; ``name`` is the file's, in plain letters; ``rows`` may come one by one."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def answer(sheet: Sheet, kind: SheetKind) -> Response:
    """The table as a file to save. Text that looks like a formula stays text.

    Rows may come out of the request's reading session: it stays open until the last one is sent.
    """
    body = _csv(sheet) if kind is SheetKind.CSV else _chunks(_xlsx(sheet))
    return download(f"{sheet.name}.{kind.value}", body, _MEDIA_TYPES[kind])


def _csv(sheet: Sheet) -> Iterator[bytes]:
    """Starts with a byte-order mark, without which spreadsheets misread accents."""
    french = i18n.language() == "fr"
    separator = ";" if french else ","
    yield "\ufeff".encode() + _line(sheet.heads, separator)
    for row in sheet.rows:
        yield _line([_text(cell, french) for cell in row], separator)


def _text(cell: Cell, french: bool) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, Decimal):
        return str(cell).replace(".", ",") if french else str(cell)
    return "" if cell is None else str(cell)


def _line(cells: Sequence[str], separator: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


def _xlsx(sheet: Sheet) -> IO[bytes]:
    """The workbook in a temporary file, which is one row of memory."""
    from xlsxwriter import Workbook  # slow to import, and rarely needed

    file = TemporaryFile()  # noqa: SIM115 - closed by whoever reads it to its end
    plainly = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd", **plainly}) as book:
        page, bold, amount = book.add_worksheet(), book.add_format({"bold": True}), book.add_format()
        amount.set_num_format("#,##0.00")
        page.freeze_panes(1, 0)
        page.set_column(0, len(sheet.heads) - 1, 16)
        for column, head in enumerate(sheet.heads):
            page.write_string(0, column, head, bold)
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, str):
                    page.write_string(number, column, cell)
                else:
                    page.write(number, column, cell, amount if isinstance(cell, Decimal) else None)
    file.seek(0)
    return file


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
