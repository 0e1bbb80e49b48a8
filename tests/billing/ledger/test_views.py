"""The books as the cooperative and each shop read them."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from billing.ledger import instance
from billing.ledger.models import Journal
from billing.ledger.services import Piece
from billing.ledger.verification import verify_records
from coopcircuits import clock, jobs
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from coopcircuits.federation.canonical import decode
from tests.support.ledger import payment, post, sale
from tests.support.people import make_user, sign_in
from tests.support.shops import make_shop

NOVEMBER_5 = datetime(2026, 11, 5, 9, tzinfo=UTC)


class Books:
    """Two shops: one owes its second invoice, the other paid too much."""

    def __init__(self, database: Database) -> None:
        with database.transaction() as session:
            self.owner = make_user(session, "proprietaire@example.org")
            self.boss = make_user(session, "coop@example.org", is_cooperative=True)
            farm = make_shop(session, owner_id=self.owner.id, name="La Ferme du Val")
            garden = make_shop(session, name="Le Potager")
            session.get_one(Cooperative, 1).siret = "55210055400013"
            bank = {"journal": Journal.BANK, "piece": Piece("R000001", date(2026, 11, 4))}
            post(session, sale(farm), at=NOVEMBER_5, label="Facture F1, La Ferme du Val")
            post(session, payment(farm, 3420), at=NOVEMBER_5, source="receipt:1", label="Virement, =cmd()", **bank)
            post(
                session, sale(farm, 1000, 200), at=NOVEMBER_5 + timedelta(days=27), label="Facture F2, La Ferme du Val"
            )
            late = {
                "journal": Journal.BANK,
                "piece": Piece("R000002", date(2026, 10, 2)),
                "label": "Virement, Le Potager",
            }
            post(session, payment(garden, 500), at=NOVEMBER_5 + timedelta(days=28), source="receipt:2", **late)
        self.farm, self.garden = farm.permalink, garden.permalink


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)


@pytest.fixture
def boss(client: FlaskClient, database: Database, books: Books) -> FlaskClient:
    sign_in(client, database, books.boss)
    return client


def words(client: FlaskClient, address: str) -> str:
    """What a page says, on one line, with plain spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
    return " ".join(unescape(text).replace("\u202f", " ").replace("\u00a0", " ").split())


def test_the_journal_shows_each_entry_with_its_accounts(boss: FlaskClient) -> None:
    page = words(boss, "/cooperative/ledger")
    assert "VE 1 05/11/2026 Facture F1, La Ferme du Val" in page
    assert "411000 34,20 € 706000 28,50 € 445710 5,70 €" in page
    assert "BQ 2 01/11/2026 (du 02/10/2026) Virement, Le Potager R000002" in page
    assert "4 écritures · 85,40 € mouvementés" in page
    assert page.index("BQ 2") < page.index("VE 1"), "the latest first"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("journal=BQ", {"BQ 1", "BQ 2"}),
        ("month=2026-12", {"VE 2"}),
        ("q=facture+f2", {"VE 2"}),
        ("journal=VE&month=2026-11", {"VE 1"}),
        ("q=rien", set()),
    ],
)
def test_the_journal_is_narrowed(boss: FlaskClient, query: str, shown: set[str]) -> None:
    assert set(re.findall(r"\b(?:VE|BQ) \d\b", words(boss, f"/cooperative/ledger?{query}"))) == shown


def test_the_journal_of_one_shop(boss: FlaskClient, books: Books) -> None:
    page = words(boss, f"/cooperative/ledger?shop={books.garden}")
    assert "Seulement les écritures de Le Potager." in page
    assert set(re.findall(r"\b(?:VE|BQ) \d\b", page)) == {"BQ 2"}


@pytest.mark.parametrize(
    "address",
    ["?journal=XX", "?month=2026-13", "?shop=nobody", "/journal-1999.csv", "/journal-2026.exe", "/fec-3000.txt"],
)
def test_what_cannot_be_meant_does_not_exist(boss: FlaskClient, address: str) -> None:
    assert boss.get(f"/cooperative/ledger{address}").status_code == 404


def test_empty_books_say_so(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        boss = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, boss)
    assert "Les comptes commencent avec la première facture." in words(client, "/cooperative/ledger")
    assert "Aucune boutique n’a encore de compte" in words(client, "/cooperative/ledger/shops")
    assert "La première journée sera clôturée" in words(client, "/cooperative/ledger/closings")


def test_the_shops_that_owe_most_come_first(boss: FlaskClient) -> None:
    page = words(boss, "/cooperative/ledger/shops")
    assert "Ensemble, les boutiques doivent encore 7,00 €" in page
    assert "La Ferme du Val 46,20 € 34,20 € 12,00 €" in page
    assert "Le Potager 0,00 € 5,00 € -5,00 €" in page
    assert page.index("La Ferme du Val") < page.index("Le Potager")
    assert "La Ferme du Val" not in words(boss, "/cooperative/ledger/shops?q=potager")


def test_an_account_has_its_balance_line_by_line(boss: FlaskClient, books: Books) -> None:
    page = words(boss, f"/cooperative/ledger/shops/{books.farm}")
    assert "Reste à payer 12,00 €" in page
    assert "Facture F2, La Ferme du Val 02/12/2026 12,00 € 12,00 €" in page
    assert "04/11/2026 34,20 € -34,20 €" in page, "it was paid a day before it was asked for"
    assert "Facture F1, La Ferme du Val 05/11/2026 34,20 € 0,00 €" in page
    assert "En avoir 5,00 €" in words(boss, f"/cooperative/ledger/shops/{books.garden}")


def test_a_shop_reads_its_own_account_and_no_other(client: FlaskClient, database: Database, books: Books) -> None:
    sign_in(client, database, books.owner)
    page = words(client, f"/manage/{books.farm}/contribution/account")
    assert "Reste à payer 12,00 €" in page
    assert "Potager" not in page
    assert client.get(f"/manage/{books.garden}/contribution/account").status_code == 404
    assert client.get("/cooperative/ledger").status_code == 403
    file = client.get(f"/manage/{books.farm}/contribution/account.csv").get_data(as_text=True)
    assert file.splitlines()[1] == "2026-12-02;" + file.splitlines()[1].split(";")[1] + (
        ";2026-12-02;Facture F2, La Ferme du Val;12,00;;12,00;EUR"
    )
    assert "Reste à payer 12,00 €" in words(client, f"/manage/{books.farm}/contribution")


def test_the_files_of_the_journal(boss: FlaskClient) -> None:
    lines = boss.get("/cooperative/ledger/journal-2026.csv").get_data(as_text=True).splitlines()
    assert len(lines) == 1 + 3 + 2 + 3 + 2
    assert lines[1].split(";")[1:8] == ["Ventes", "1", "2026-11-05", "411000", "Clients", "S000001", "La Ferme du Val"]
    book = load_workbook(io.BytesIO(boss.get("/cooperative/ledger/journal-2026.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[11] for row in rows[1:4]] == [34.2, None, None]
    fec = boss.get("/cooperative/ledger/fec-2026.txt")
    assert 'filename="552100554FEC20261231.txt"' in fec.headers["Content-Disposition"]
    assert len(fec.data.split(b"\r\n")) == 1 + 10 + 1


def test_the_downloaded_books_can_be_verified(boss: FlaskClient) -> None:
    raw = boss.get("/cooperative/ledger/books.jsonl").data
    assert verify_records(decode(line) for line in raw.splitlines()).entries == 4


def test_closings_and_what_the_worker_found(app: Flask, boss: FlaskClient, database: Database) -> None:
    with app.app_context(), clock.travel(datetime(2026, 12, 20, tzinfo=UTC)):
        instance.close_books()
        jobs.run_once("billing.verify_books")
    assert "4 écritures · 85,40 € mouvementés · dernière clôture" in words(boss, "/cooperative/ledger")
    page = words(boss, "/cooperative/ledger/closings")
    assert "Novembre 2026 Mois 2 34,20 € 34,20 € 68,40 €" in page
    assert "4 écritures et 4 clôtures intactes" in page
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE journal_entry SET label = 'X' WHERE id = 2")
    with app.app_context(), pytest.raises(Exception, match="entry 2"):
        jobs.run_once("billing.verify_books")
    page = words(boss, "/cooperative/ledger/closings")
    assert "Les comptes ne sont plus tels qu’ils ont été saisis" in page
    assert "entry 2: was changed" in page


def test_the_page_of_files_names_those_of_the_books(boss: FlaskClient) -> None:
    assert "FEC de 2026" in words(boss, "/cooperative/exports")
