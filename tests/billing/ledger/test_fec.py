"""The tax authorities' file, checked by the rules of art. A47 A-1 as they are published."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from billing.ledger import fec
from billing.ledger.errors import SirenMissing
from billing.ledger.models import Journal
from billing.ledger.services import Piece
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from tests.support.ledger import payment, post, sale
from tests.support.shops import make_enterprise

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
COLUMNS = [
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
]  # fmt: skip


def keep_books(session: Session) -> None:
    """Sixty days over the turn of a year, with names that would break a line."""
    session.get_one(Cooperative, 1).siret = "55210055400013"
    shop = make_enterprise(session, name="La Ferme")
    shop.name = "La\tFerme 🥕 | d’Œuf – « bio »\r\nŁódź"
    for day in range(60):
        at = START + timedelta(days=day)
        label = "Facture\t|\n☀ n° 1"
        post(session, sale(shop, 100 + day, 20), at=at, label=label, day=at.date() - timedelta(days=day % 40))
        late = Piece(f"R\t{day}", at.date())
        post(session, payment(shop, 50), at=at, journal=Journal.BANK, source=f"receipt:{day}", piece=late)


def problems(raw: bytes, year: int) -> list[str]:
    """What the authorities' own check would say."""
    header, *lines = raw.decode("iso8859-15").split("\r\n")[:-1]
    found = [] if header.split("\t") == COLUMNS else ["header"]
    numbers: dict[str, list[int]] = defaultdict(list)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    valid = ""
    for at, text in enumerate(lines, start=2):
        cells = text.split("\t")
        row = dict(zip(COLUMNS, cells, strict=False))
        if len(cells) != 18 or "|" in text or '"' in text or text != text.strip("\r\n"):
            found.append(f"{at}: columns")
        if any(not row[name] for name in COLUMNS[:6] + COLUMNS[8:13] + ["ValidDate"]):
            found.append(f"{at}: empty")
        for name in ("EcritureDate", "PieceDate", "ValidDate"):
            try:
                datetime.strptime(row[name], "%Y%m%d").replace(tzinfo=UTC)
            except ValueError:
                found.append(f"{at}: {name}")
        if not row["EcritureDate"].startswith(str(year)):
            found.append(f"{at}: another year")
        if not re.fullmatch(r"[1-8]\d{2,}", row["CompteNum"]):
            found.append(f"{at}: account")
        if bool(row["CompAuxNum"]) != bool(row["CompAuxLib"]) or bool(row["CompAuxNum"]) != row["CompteNum"].startswith(
            "411"
        ):
            found.append(f"{at}: auxiliary")
        for name in ("Debit", "Credit"):
            if not re.fullmatch(r"\d+,\d\d", row[name]):
                found.append(f"{at}: {name}")
        debit, credit = (Decimal(row[name].replace(",", ".")) for name in ("Debit", "Credit"))
        if (debit == 0) == (credit == 0):
            found.append(f"{at}: sides")
        sums[row["JournalCode"], row["EcritureNum"]] += debit - credit
        if not numbers[row["JournalCode"]] or numbers[row["JournalCode"]][-1] != int(row["EcritureNum"]):
            numbers[row["JournalCode"]].append(int(row["EcritureNum"]))
        if row["ValidDate"] < valid:
            found.append(f"{at}: order of validation")
        valid = row["ValidDate"]
    found += [f"{journal}: numbers" for journal, of in numbers.items() if of != list(range(1, len(of) + 1))]
    return found + [f"{key}: not balanced" for key, rest in sums.items() if rest]


def test_the_file_of_each_year_passes_the_published_rules(database: Database) -> None:
    with database.transaction() as session:
        keep_books(session)
    with database.reading() as session:
        files = {year: b"".join(fec.fec(session, year)) for year in (2026, 2027)}
        assert fec.file_name(session, 2026) == "552100554FEC20261231.txt"
    for year, raw in files.items():
        assert problems(raw, year) == []
    assert sum(raw.count(b"\r\n") for raw in files.values()) == 2 + 60 * 5
    words = files[2026].decode("iso8859-15").split("\r\n")[1].split("\t")
    assert words[7] == "La Ferme d'Œuf - « bio » ódz", (
        "letters that the file's alphabet lacks lose their accents, or go"
    )
    assert words[10] == "Facture n° 1"


def test_an_entry_entered_late_keeps_the_day_of_its_piece(session: Session) -> None:
    keep_books(session)
    post(session, sale(make_enterprise(session)), at=datetime(2027, 3, 1, 9, tzinfo=UTC), day=date(2026, 11, 5))
    last = list(fec.fec(session, 2027))[-1].decode("iso8859-15").split("\t")
    assert (last[3], last[9], last[15]) == ("20270201", "20261105", "20270301")


def test_a_year_without_entries_has_its_header_only(session: Session) -> None:
    assert list(fec.fec(session, 2026)) == ["\t".join(COLUMNS).encode() + b"\r\n"]


def test_the_name_needs_the_number_of_the_cooperative(session: Session) -> None:
    with pytest.raises(SirenMissing):
        fec.file_name(session, 2026)


def test_the_command_writes_the_file(app: Flask, database: Database, tmp_path: Path) -> None:
    refused = app.test_cli_runner().invoke(args=["billing", "ledger", "fec", "2026", "--out", str(tmp_path)])
    assert refused.exit_code == 1
    assert "SIRET" in refused.output
    with database.transaction() as session:
        keep_books(session)
    done = app.test_cli_runner().invoke(args=["billing", "ledger", "fec", "2026", "--out", str(tmp_path / "new")])
    assert done.output.strip() == str(tmp_path / "new" / "552100554FEC20261231.txt")
    assert problems(Path(done.output.strip()).read_bytes(), 2026) == []
