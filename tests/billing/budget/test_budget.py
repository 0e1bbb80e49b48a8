"""A year's budget beside what was spent."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.budget import queries, services
from billing.cost.models import CostCategory
from billing.cost.services import register_cost
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.billing import OCTOBER, in_month
from tests.support.costs import spec
from tests.support.people import form_token, make_user, sign_in


def test_a_category_is_planned_spent_and_left(session: Session) -> None:
    for month in (OCTOBER, OCTOBER.plus(1), OCTOBER.plus(3)):  # the last is of another year
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 3_000, month=month))
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, 500, minutes=30))
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.TRAVEL, 700))
    plan = {CostCategory.HOSTING: 9_000, CostCategory.LEGAL: 1_000}
    services.decide_budget(session, actor=SYSTEM, year=2026, amounts=plan)
    services.decide_budget(session, actor=SYSTEM, year=2026, amounts={CostCategory.HOSTING: 5_000})
    session.flush()
    uses = {use.category: use for use in queries.use_of(session, 2026)}
    hosting, legal, travel = (uses[name] for name in (CostCategory.HOSTING, CostCategory.LEGAL, CostCategory.TRAVEL))
    assert (hosting.planned, hosting.spent, hosting.given, hosting.left, hosting.used) == (
        5_000,
        6_000,
        500,
        -1_000,
        120,
    )
    assert (legal.left, legal.used) == (1_000, 0)
    assert (travel.left, travel.used) == (-700, None)
    assert queries.years(session) == [2027, 2026]
    assert not any(use.planned for use in queries.use_of(session, 2027))


def test_the_budget_is_decided_on_its_page(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
    sign_in(client, database, user)
    path, token = "/cooperative/costs/budget/2026", form_token(client)
    with clock.travel(in_month(OCTOBER)):
        bad = client.post(path, data={"csrf_token": token, "hosting": "cent", "legal": "80"})
        assert bad.status_code == 422
        assert 'value="cent"' in bad.get_data(as_text=True)
        answer = client.post(path, data={"csrf_token": token, "hosting": "400", "legal": ""}, follow_redirects=True)
        assert "400,00\xa0€" in answer.get_data(as_text=True)
        assert client.get("/cooperative/costs/budget/1999").status_code == 404
        assert client.post("/cooperative/costs/budget/1999", data={"csrf_token": token}).status_code == 404
