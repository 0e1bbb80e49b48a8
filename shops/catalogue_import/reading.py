"""From the bytes of a file to its cells: encoding, separator, header. Pure; knows nothing of products."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.references import plain

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 10_000
_SEPARATORS = ",;\t"

#: Open Food Network's columns, in its order.
COLUMNS = (
    "producer",
    "sku",
    "name",
    "display_name",
    "category",
    "description",
    "units",
    "unit_type",
    "variant_unit_name",
    "price",
    "on_hand",
    "available_on",
    "on_demand",
    "shipping_category",
    "tax_category",
)
REQUIRED = ("name", "category", "units", "price")

#: What people call the columns when they write the header themselves.
_ALIASES = {
    "producteur": "producer",
    "reference": "sku",
    "ref": "sku",
    "nom": "name",
    "produit": "name",
    "product": "name",
    "nom_affiche": "display_name",
    "declinaison": "display_name",
    "variete": "display_name",
    "categorie": "category",
    "rayon": "category",
    "quantite": "units",
    "unite": "unit_type",
    "nom_de_l_unite": "variant_unit_name",
    "nom_unite": "variant_unit_name",
    "prix": "price",
    "prix_ttc": "price",
    "stock": "on_hand",
    "en_stock": "on_hand",
    "sur_commande": "on_demand",
    "illimite": "on_demand",
    "tva": "tax_category",
    "taux_tva": "tax_category",
}


class UnreadableFile(InvalidInput):
    """The file as a whole cannot be read; the message says why and what to do."""

    code = "unreadable-file"

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message, field="file", **params)


@dataclass(frozen=True)
class Line:
    """One line of the file: its number as an editor shows it, and its cells by column; ``extra`` cells have none."""

    number: int
    cells: dict[str, str]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file whose header could be read. ``lines`` are read as they are asked for, once; ``ignored`` names columns
    that we do not know."""

    lines: Iterator[Line]
    ignored: tuple[str, ...]


def read_table(content: bytes) -> Table:
    """Begin to read the file. This, or reading its lines, may raise :class:`UnreadableFile`."""
    stream = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    separator = _separator(stream.readline())
    stream.seek(0)
    reader = _Reader(stream, separator)
    _begins, header = next(reader, (1, list[str]()))
    columns, ignored = _columns(header)
    return Table(_lines(reader, columns), ignored)


def _encoding(content: bytes) -> str:
    """Name of the encoding, after refusing what is no text at all."""
    if not content.strip():
        raise UnreadableFile(N_("This file is empty."))
    if len(content) > MOST_BYTES:
        raise UnreadableFile(N_("This file is larger than 10 MB. Please cut it in two."))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile(
            N_("This is a spreadsheet or an archive. Please open it, save it as “CSV (UTF-8)”, and send that file.")
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
        if b"\0" in content:
            raise UnreadableFile(
                N_("This is not a text file, or it is damaged. Please save your table as “CSV (UTF-8)” again.")
            )
    for candidate in (encoding, "cp1252", "latin-1"):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise UnreadableFile(
                N_("This is not a text file, or it is damaged. Please save your table as “CSV (UTF-8)” again.")
            )
        return candidate
    raise AssertionError("latin-1 reads every byte")


def _separator(header: str) -> str:
    return max(_SEPARATORS, key=header.count)


def _columns(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Our name of each column ("" for one that we do not know), and the names that we do not know."""
    columns, ignored = [], []
    for title in header:
        bare = "_".join(plain(title).replace("'", " ").replace("’", " ").replace("-", " ").split())
        name = _ALIASES.get(bare, bare)
        if name in COLUMNS and name in columns:
            raise UnreadableFile(N_("The column “%(name)s” is there twice."), name=title.strip()[:60])
        if name not in COLUMNS and title.strip():
            ignored.append(title.strip()[:60])
        columns.append(name if name in COLUMNS else "")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise UnreadableFile(
            N_(
                "The first line must name the columns. Missing: %(missing)s. "
                "Start from our model file, or rename yours."
            ),
            missing=", ".join(missing),
        )
    return columns, tuple(ignored[:20])


def _lines(reader: "_Reader", columns: list[str]) -> Iterator[Line]:
    """The lines that are not blank throughout."""
    count = 0
    for number, cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableFile(N_("This file has more than %(most)s lines. Please cut it in two."), most=MOST_ROWS)
        named = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
        extra = tuple(cell.strip() for cell in cells[len(columns) :] if cell.strip())
        yield Line(number, named, extra)
    if not count:
        raise UnreadableFile(N_("There is a header but no product below it."))


class _Reader:
    """Rows with the number of the line on which each begins; a cell may go on over several lines."""

    def __init__(self, stream: TextIO, separator: str) -> None:
        self._rows = csv.reader(stream, delimiter=separator)

    def __iter__(self) -> "_Reader":
        return self

    def __next__(self) -> tuple[int, list[str]]:
        begins = self._rows.line_num + 1
        try:
            return begins, next(self._rows)
        except csv.Error:
            raise UnreadableFile(
                N_("The file cannot be read from line %(line)s on: is a quotation mark missing?"), line=begins
            ) from None
