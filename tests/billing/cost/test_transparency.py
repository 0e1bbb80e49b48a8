"""How far contributions cover the costs: all of it for the cooperative, what is safe for everybody."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.allocation.queries import payload_of
from billing.allocation.services import compute_allocation
from billing.commons.services import publish_report
from billing.commons.suppression import unsafe, unsafe_sizes
from billing.cost.coverage import coverage, public_coverage, shops_by_scheme
from billing.cost.models import CostCategory, CostScope
from billing.cost.purpose import purpose_of
from billing.cost.services import register_cost
from billing.cost.spending import last_spending
from billing.cost.uses import uses_of
from billing.scheme.models import SchemeKind
from billing.statement import queries as statements
from billing.treasury.services import note_balance
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.files import FileKind, SentFile
from tests.support.allocations import adopt
from tests.support.billing import NOVEMBER_2, OCTOBER, Till, close, in_month
from tests.support.costs import spec
from tests.support.documents import PDF
from tests.support.people import make_user, sign_in
from tests.support.sisters import open_keys

SEPTEMBER = OCTOBER.plus(-1)
NOVEMBER_9 = datetime(2026, 11, 9, 9, tzinfo=UTC)


def sell(session: Session, owner: int, sales: list[int]) -> list[Till]:
    """Shops that sold so much in October, tax included."""
    tills = []
    for gross in sales:
        tills.append(Till(session, owner_id=owner))
        tills[-1].sell(in_month(OCTOBER), gross)
    return tills


def enter_costs(session: Session) -> None:
    bill = SentFile("f.pdf", FileKind.PDF, PDF)
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 6_000), receipt=bill)
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.DESIGN, 2_000, scope=CostScope.COMMON))
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.SUPPORT, 12_000, minutes=240))


def test_contributions_beside_own_costs_and_the_commons(session: Session) -> None:
    sell(session, make_user(session).id, [105_500, 105_510, 105_500, 105_500, 105_500])
    enter_costs(session)
    close(session)
    session.flush()
    [month] = coverage(session)
    assert (month.contributions, month.costs.own, month.costs.common, month.costs.given) == (
        5_000,
        6_000,
        2_000,
        12_000,
    )
    assert (month.self_financing, month.with_work) == (62, 25)
    [shown] = public_coverage(session)
    assert (shown.contributions, shown.self_financing) == (5_000, 62)
    assert shops_by_scheme(session, "2026-10") == [(SchemeKind.PERCENT, 5)]


def test_what_would_tell_a_shops_turnover_is_not_shown(session: Session) -> None:
    owner = make_user(session).id
    tills = sell(session, owner, [105_500] * 4)
    enter_costs(session)
    close(session)
    for till in (*tills, *(Till(session, owner_id=owner) for _ in range(2))):  # five small ones do not hide a large one
        till.sell(in_month(OCTOBER.plus(1)), 105_500_00 if till is tills[0] else 105_500)
    close(session, OCTOBER.plus(1))
    session.flush()
    few, dominated = public_coverage(session)
    assert (few.contributions, few.self_financing, few.with_work) == (None, None, None)
    assert (few.costs.own, dominated.contributions) == (6_000, None)
    assert shops_by_scheme(session, "2026-10") == [(SchemeKind.PERCENT, None)]
    assert [month.contributions for month in coverage(session)] == [4_000, 105_000]


def test_the_rule_is_the_same_on_sums_as_on_amounts() -> None:
    for amounts in ([], [0, 0], [5] * 4, [5] * 5, [1_000, 10, 10, 10, 10], [100, 100, 5, 5, 5], [100, 100, 5, 5, 4]):
        sizes = sorted(filter(None, amounts), reverse=True)
        assert unsafe(amounts) == unsafe_sizes(len(sizes), sum(sizes), *sizes[:2])


def test_anybody_reads_the_page_and_its_files(client: FlaskClient, database: Database) -> None:
    assert "premiers chiffres" in client.get("/contribution").get_data(as_text=True)
    with database.transaction() as session:
        sell(session, make_user(session).id, [105_549] + [105_500] * 5)
        enter_costs(session)
        close(session)
    text = client.get("/contribution").get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")
    for figure in ("60,00 €", "20,00 €", "75 %", "30 %"):
        assert figure in text
    assert "60,01" not in text, "rounded to whole units"
    answer = client.get("/contribution/months.csv").get_data(as_text=True).removeprefix("\ufeff")
    [month] = csv.DictReader(StringIO(answer), delimiter=";")
    assert (month["Mois"], month["Contributions"], month["Travail offert"]) == ("2026-10", "60,00", "120,00")
    costs = client.get("/contribution/costs.csv").get_data(as_text=True)
    assert "2026-10;Serveurs;EUR;60,00;0,00;0" in costs
    assert client.get("/contribution/costs.xlsx").data.startswith(b"PK")
    assert client.get("/contribution/costs.pdf").status_code == 404
    assert 'href="/contribution"' in client.get("/").get_data(as_text=True)


def test_the_cooperative_sees_the_ratio_on_its_first_page(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
        sell(session, user.id, [105_500])
        enter_costs(session)
        close(session)
        with clock.travel(NOVEMBER_2):
            note_balance(session, actor=SYSTEM, month=OCTOBER, amount=95_001)
    sign_in(client, database, user)
    text = client.get("/cooperative").get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")
    assert "Autofinancement" in text
    assert "12 %" in text, "10 of 80 euros of money"
    assert "5 % travail compris" in text
    assert "1 000 €" in text
    assert "pour 12,5 mois" in text, "80 euros a month"


@pytest.mark.parametrize(("shops", "is_told"), [(6, True), (1, False)])
def test_everybody_sees_the_cash_that_a_report_tells(
    client: FlaskClient, database: Database, settings: Settings, shops: int, is_told: bool
) -> None:
    with database.transaction() as session:
        sell(session, make_user(session).id, [105_500] * shops)
        enter_costs(session)
        close(session)
        with clock.travel(NOVEMBER_2):
            note_balance(session, actor=SYSTEM, month=OCTOBER, amount=95_001)
    assert "Ce qui reste" not in read(client), "no report yet"
    with database.transaction() as session, clock.travel(NOVEMBER_9):
        keys = open_keys(Path(settings.var_dir))
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance="here.example", keys=keys)
    page = read(client)
    assert ("1 000 € ÷ 80,00 € par mois (1 mois) = 12,5 mois" in page) is is_told
    assert ("Ce qui reste" in page) is is_told


def read(client: FlaskClient) -> str:
    return client.get("/contribution").get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")


def _allocated(session: Session, settings: Settings, *, budget: int) -> int:
    """October shared with a sister that never reported; what we carry of it."""
    with clock.travel(datetime(2026, 11, 9, 9, tzinfo=UTC)):
        keys = open_keys(Path(settings.var_dir))
        publish_report(session, actor=SYSTEM, month=OCTOBER, instance="here.example", keys=keys)
    rule = {"kind": "proportional"}
    with clock.travel(datetime(2026, 11, 13, 9, tzinfo=UTC)):
        adopt(session, keys, "here.example", "rebost.example", budget=budget, rule=rule)
        found = compute_allocation(session, actor=SYSTEM, month=OCTOBER, instance="here.example", keys=keys)
    return next(entry["share"] for entry in payload_of(found)["shares"] if entry["instance"] == "here.example")


def test_the_share_of_the_commons_is_the_allocated_one(session: Session, settings: Settings) -> None:
    tills = sell(session, make_user(session).id, [105_500] * 5)
    enter_costs(session)
    close(session)
    session.flush()
    share = _allocated(session, settings, budget=3_100)
    assert share == 3_100  # who never reported sold nothing that counts
    [month] = coverage(session)
    assert (month.costs.own, month.costs.common, month.costs.given) == (6_000, 3_100, 12_000)
    assert month.self_financing == 5_000 * 100 // 9_100
    spent = {use.category: (use.spent, use.proved) for use in uses_of(session, ["2026-10"])}
    assert spent == {CostCategory.HOSTING: (6_000, 6_000), CostCategory.SUPPORT: (0, 0), None: (3_100, 0)}
    purpose = purpose_of(session, statements.statements_of(session, enterprise_id=tills[0].shop.id))
    assert purpose is not None
    assert [(part.category, part.share, part.spent) for part in purpose.parts] == [
        (CostCategory.HOSTING, 659, 6_000),
        (None, 341, 3_100),
    ]
    spending = last_spending(session)
    assert spending is not None
    assert dict(spending.totals)["Part des communs"] == 3_100
    assert spending.whole == month.costs.whole


def test_the_public_page_names_the_share(client: FlaskClient, database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        sell(session, make_user(session).id, [105_500] * 5)
        enter_costs(session)
        close(session)
        session.flush()
        _allocated(session, settings, budget=3_100)
    page = client.get("/contribution").get_data(as_text=True).replace("\u202f", " ").replace("\xa0", " ")
    assert "Part des communs" in page
    assert "31,00 €" in page
    assert "/commons/2026-10" in page
    lines = client.get("/contribution/costs.csv").get_data(as_text=True).splitlines()
    assert any("Part des communs;EUR;31,00;0,00;0" in line for line in lines)
