"""Daily reference rates of the European Central Bank, from its history file (``eurofxref-hist.csv``).

The bank offers it in an archive, ``eurofxref-hist.zip``, which is read as it is. A row is a day and the units of each
currency for one euro; "N/A" where none was published.
"""

import csv
import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from billing.commons.rates import Rate, rate_text
from coopcircuits.errors import InvalidInput
from coopcircuits.federation.codes import is_currency
from coopcircuits.i18n import N_

SOURCE = "ecb-mean"
#: The file of thirty years has 600 KiB.
MAX_BYTES = 8 * 1024 * 1024
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)
_ABSENT = frozenset({"", "N/A"})
_NOT_ECB = N_("This is not the history of rates of the European Central Bank (eurofxref-hist.csv).")
_BAD_LINE = N_("Line %(line)s of the file cannot be read as a day and its rates.")


def monthly_rates(content: bytes, *, first: str, before: str) -> list[tuple[str, Rate]]:
    """Of each month (``YYYY-MM``) from ``first`` until before ``before``, and of each currency, the mean of the days
    published; (month, rate), oldest first.

    Raises :class:`InvalidInput` for anything but the history file, naming the line.
    """
    days: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
    for day, cells in _days(content):
        month = f"{day:%Y-%m}"
        if first <= month < before:
            for currency, value in cells.items():
                days[month, currency][day] = Fraction(value)
    return [
        (
            month,
            Rate(
                currency,
                rate_text(sum(found.values(), Fraction(0)) / len(found)),
                SOURCE,
                min(found).isoformat(),
                max(found).isoformat(),
            ),
        )
        for (month, currency), found in sorted(days.items())
    ]


def _unpacked(content: bytes) -> bytes:
    """The one file of an archive, or what is no archive; nothing where it is too large, whatever its header says."""
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                (packed,) = archive.infolist()
                if packed.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    return b""
                with archive.open(packed) as file:
                    content = file.read(MAX_BYTES + 1)
        except (ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
            return b""  # not one file, damaged or locked
    return content if len(content) <= MAX_BYTES else b""


def _days(content: bytes) -> Iterator[tuple[date, dict[str, str]]]:
    """Each line of the file: its day, and what was published of each currency, as it stands there."""
    try:
        text = _unpacked(content).decode("utf-8-sig")
        rows = csv.reader(text.splitlines(), strict=True)
        heads = [head.strip() for head in next(rows, [])]
    except (UnicodeDecodeError, csv.Error):
        heads = []
    currencies = [head for head in heads[1:] if head]
    if not currencies or heads[0] != "Date" or not all(map(is_currency, currencies)) or _twice(currencies):
        raise InvalidInput(_NOT_ECB, field="file")
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield _row(cells, currencies)
    except (ValueError, csv.Error):
        raise InvalidInput(_BAD_LINE, field="file", line=rows.line_num) from None


def _row(row: list[str], currencies: list[str]) -> tuple[date, dict[str, str]]:
    day, cells = date.fromisoformat(row[0]), row[1:]
    if len(cells) < len(currencies) or any(cells[len(currencies) :]):
        raise ValueError(row[0])
    published = {currency: cell for currency, cell in zip(currencies, cells, strict=False) if cell not in _ABSENT}
    for cell in published.values():
        if not _NUMBER.fullmatch(cell) or not cell.strip("0."):
            raise ValueError(cell)
    return day, published


def _twice(currencies: list[str]) -> bool:
    return len(set(currencies)) != len(currencies)
