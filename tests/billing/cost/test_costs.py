"""The register of costs, and what the public sees of it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.cost import queries, services
from billing.cost.models import CostCategory, CostScope
from billing.cost.spending import last_spending
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from tests.support.billing import OCTOBER, Till, close, in_month
from tests.support.costs import spec
from tests.support.people import form_token, make_user, sign_in


def enter(session: Session, category: CostCategory, amount: int, *, minutes: int = 0, tax: int = 0) -> None:
    services.register_cost(session, actor=SYSTEM, cost=spec(category, amount, minutes=minutes, tax=tax))


def test_money_and_work_are_summed_apart(session: Session) -> None:
    enter(session, CostCategory.SUPPORT, 5_000)
    enter(session, CostCategory.SUPPORT, 1_800, minutes=60)
    enter(session, CostCategory.HOSTING, 3_490, tax=698)
    totals = queries.by_category(session, "2026-10")
    assert [(total.category, total.spent, total.given, total.minutes) for total in totals] == [
        (CostCategory.SUPPORT, 5_000, 1_800, 60),
        (CostCategory.HOSTING, 3_490, 0, 0),
    ]
    assert queries.by_month(session, ["2026-10", "2026-09"]) == {"2026-10": queries.MonthCosts(own=8_490, given=1_800)}


@pytest.mark.parametrize(("amount", "minutes", "tax", "field"), [(0, 0, 0, "amount"), (100, 60, 20, "tax")])
def test_what_makes_no_sense_is_refused(session: Session, amount: int, minutes: int, tax: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        enter(session, CostCategory.TOOLS, amount, minutes=minutes, tax=tax)
    assert refused.value.field == field


@pytest.mark.parametrize(("shops", "covered"), [(4, None), (5, 50)])
def test_the_share_covered_is_public_only_where_it_hides_every_shop(
    session: Session, shops: int, covered: int | None
) -> None:
    owner = make_user(session).id
    for _ in range(shops):
        Till(session, owner_id=owner).sell(in_month(OCTOBER), 105_500)
    enter(session, CostCategory.HOSTING, shops * 2_000)
    assert last_spending(session) is None
    close(session)
    session.flush()
    found = last_spending(session)
    assert found is not None
    assert (found.period, found.whole, found.covered) == ("2026-10", shops * 2_000, covered)


def test_a_cost_is_added_and_taken_out(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        user = make_user(session, is_cooperative=True)
    sign_in(client, database, user)
    data = {
        "csrf_token": form_token(client),
        "label": "Serveur, octobre",
        "category": "hosting",
        "kind": "cash",
        "scope": "common",
        "amount": "34,9x",
        "tax": "6,98",
        "spent_on": "2026-10-03",
        "month": "2026-10",
    }
    with clock.travel(in_month(OCTOBER, 20)):
        refused = client.post("/cooperative/costs", data=data)
        assert refused.status_code == 422
        assert 'value="34,9x"' in refused.get_data(as_text=True)
        added = client.post("/cooperative/costs", data={**data, "amount": "34,90"}, follow_redirects=True)
        assert "« Serveur, octobre » est au registre" in added.get_data(as_text=True).replace("\u202f", " ")
        with database.reading() as session:
            [cost] = queries.costs_of(session, "2026-10")
            assert (cost.amount, cost.tax, cost.scope) == (3_490, 698, CostScope.COMMON)
        client.post(f"/cooperative/costs/{cost.id}/remove", data=data)
        assert client.post(f"/cooperative/costs/{cost.id}/remove", data=data).status_code == 404
    with database.reading() as session:
        assert queries.costs_of(session, "2026-10") == []
