"""Everything the cooperative looks at, as files."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import QueuePool

from billing.budget.services import decide_budget
from billing.cost.models import CostCategory, CostScope
from billing.cost.services import register_cost
from billing.treasury.services import note_balance
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.files import FileKind, SentFile
from tests.support.billing import NOVEMBER_2, OCTOBER, Till, close, in_month
from tests.support.costs import spec
from tests.support.documents import PDF
from tests.support.people import make_user, sign_in


@pytest.fixture
def browser(client: FlaskClient, database: Database) -> FlaskClient:
    """Somebody of the cooperative, with a closed October of two shops, its costs and a budget."""
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
        Till(session, owner_id=user.id, name="=La ferme").sell(in_month(OCTOBER), 105_500)
        Till(session, owner_id=user.id, name="Le verger").sell(in_month(OCTOBER), 21_100)
        close(session)
        bill = SentFile("f.pdf", FileKind.PDF, PDF)
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 2_000, tax=400), receipt=bill)
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.DESIGN, 400, scope=CostScope.COMMON))
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.SUPPORT, 3_600, minutes=120))
        decide_budget(session, actor=SYSTEM, year=2026, amounts={CostCategory.HOSTING: 9_000})
        with clock.travel(NOVEMBER_2):
            note_balance(session, actor=SYSTEM, month=OCTOBER, amount=-1_234)
    sign_in(client, database, user)
    return client


def read(browser: FlaskClient, name: str) -> list[dict[str, str]]:
    answer = browser.get(f"/cooperative/exports/{name}.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))


def test_every_figure_of_a_statement_is_there(browser: FlaskClient) -> None:
    farm, orchard = read(browser, "statements-2026-10")
    assert farm["Nom"] == "'=La ferme", "a name does not run"
    assert len(farm) == 29
    assert (farm["Chiffre d’affaires en ligne hors taxes"], farm["Taux, pour cent"]) == ("1000,00", "1,00")
    assert (farm["Contribution hors taxes"], farm["Contribution, TVA comprise"]) == ("10,00", "12,00")
    assert orchard["Contribution, TVA comprise"] == "2,40"


def test_costs_contributions_coverage_and_budget(browser: FlaskClient) -> None:
    hosting, design, support = read(browser, "costs-2026")
    assert (hosting["Hors taxes"], hosting["Pièces"], len(hosting["Empreinte SHA-256"])) == ("20,00", "1", 64)
    assert (design["Pièces"], support["Minutes de travail"]) == ("0", "120")
    [row] = read(browser, "contributions-2026")
    assert (row["Relevés"], row["Contribution hors taxes"]) == ("2", "12,00")
    [month] = read(browser, "self-financing-2026")
    assert (month["Coûts propres"], month["Part des communs"], month["Travail offert"]) == ("20,00", "4,00", "36,00")
    assert (month["Autofinancement, pour cent"], month["Avec le travail offert, pour cent"]) == ("50", "20")
    assert (month["Trésorerie en fin de mois"], month["De quoi tenir, en mois"]) == ("-12,34", "0,0")
    planned = {row["Catégorie"]: row for row in read(browser, "budget-2026")}
    assert planned["Serveurs"]["Reste"] == "70,00"
    assert read(browser, "costs-2025") == []


def test_workbooks_hold_numbers(browser: FlaskClient) -> None:
    for name in ("statements-2026-10", "costs-2026", "contributions-2026", "self-financing-2026", "budget-2026"):
        answer = browser.get(f"/cooperative/exports/{name}.xlsx")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.xlsx"'
        page = openpyxl.load_workbook(BytesIO(answer.data)).active
        assert page is not None
        assert page.max_row >= 2
        assert not any(cell.data_type == "f" for row in page for cell in row)


def test_what_does_not_exist_is_not_there(browser: FlaskClient) -> None:
    assert browser.get("/cooperative/exports/costs-2026.ods").status_code == 404
    assert browser.get("/cooperative/exports/costs-0.csv").status_code == 404
    assert browser.get("/cooperative/exports/statements-2026-13.csv").status_code == 404
    text = browser.get("/cooperative/exports").get_data(as_text=True)
    assert "/cooperative/exports/statements-2026-10.xlsx" in text


def test_every_file_gives_its_connection_back(browser: FlaskClient, database: Database) -> None:
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    for name in ("statements-2026-10.csv", "statements-2026-10.xlsx", "costs-2026.csv", "contributions-2026.csv"):
        assert len(browser.get(f"/cooperative/exports/{name}").data) > 50
        assert pool.checkedout() == 0, name
        browser.get(f"/cooperative/exports/{name}").close()  # somebody who went away
        assert pool.checkedout() == 0, name
