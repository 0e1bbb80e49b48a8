"""The "fichier des écritures comptables" that French tax authorities ask for (LPF art. A47 A-1)."""

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from billing.ledger import queries
from billing.ledger.chart import JOURNALS, account_name
from billing.ledger.errors import SirenMissing
from billing.ledger.models import JournalEntry, JournalLine
from coopcircuits import clock
from coopcircuits.cooperative import queries as cooperatives
from coopcircuits.money import to_decimal

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
ENCODING = "iso8859-15"
_ASCII = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u202f": " ", "|": " "}
)


def file_name(session: Session, year: int) -> str:
    """ "552100554FEC20261231.txt"; raises :class:`SirenMissing`."""
    cooperative = cooperatives.cooperative(session)
    if cooperative is None or not cooperative.siret:
        raise SirenMissing
    return f"{cooperative.siret[:9]}FEC{year:04d}1231.txt"


def fec(session: Session, year: int) -> Iterator[bytes]:
    """The file of a calendar year, line by line, entries in the order in which they were validated."""
    yield _line(COLUMNS)
    zone = queries.zone(session)
    for entry in queries.entries_of_year(session, year):
        for line in entry.lines:
            yield _line(_cells(entry, line, zone))


def write_fec(session: Session, year: int, folder: Path) -> Path:
    """Write the file of a year into ``folder``, whole or not at all."""
    path = folder / file_name(session, year)
    folder.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.writelines(fec(session, year))
    return aside.replace(path)


def _cells(entry: JournalEntry, line: JournalLine, zone: str) -> tuple[str, ...]:
    return (
        entry.journal.value,
        JOURNALS[entry.journal],
        str(entry.number),
        _day(entry.day),
        line.account,
        account_name(line.account, entry.day),
        auxiliary(line.party_id),
        line.party_name,
        entry.piece,
        _day(entry.piece_day),
        entry.label,
        _amount(line.debit, entry.currency),
        _amount(line.credit, entry.currency),
        "",
        "",
        _day(clock.local_date(entry.posted_at, zone)),
        "",
        "",
    )


def auxiliary(party_id: int | None) -> str:
    """The number of a shop's own account, "S000012"."""
    return "" if party_id is None else f"S{party_id:06d}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _amount(minor: int, currency: str) -> str:
    return str(to_decimal(minor, currency)).replace(".", ",")


def _line(cells: tuple[str, ...]) -> bytes:
    return ("\t".join(_plain(cell) for cell in cells) + "\r\n").encode(ENCODING)


def _plain(text: str) -> str:
    """The text without what would end a column or a line, and without letters that the file's alphabet lacks."""
    spaced = " ".join(text.translate(_ASCII).split())
    return " ".join("".join(_known(letter) for letter in spaced).split())


def _known(letter: str) -> str:
    if letter.encode(ENCODING, "ignore"):
        return letter
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
