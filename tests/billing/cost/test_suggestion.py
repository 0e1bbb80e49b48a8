"""What a shop is told before it chooses an amount, and where its money went."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from billing.cost import services
from billing.cost.models import CostCategory, CostScope
from billing.cost.purpose import purpose_of
from billing.cost.suggestion import suggestion_for
from billing.statement import queries as statements
from coopcircuits.actor import SYSTEM
from coopcircuits.files import FileKind, SentFile
from coopcircuits.period import Month
from tests.support.billing import OCTOBER, Till, close, in_month
from tests.support.costs import spec
from tests.support.documents import PDF
from tests.support.people import make_user

AUGUST, SEPTEMBER = OCTOBER.plus(-2), OCTOBER.plus(-1)


def enter(session: Session, month: Month, amount: int, **given: Any) -> None:
    category = given.pop("category", CostCategory.HOSTING)
    services.register_cost(session, actor=SYSTEM, cost=spec(category, amount, month=month, **given))


def test_a_shops_part_of_the_costs_is_its_part_of_the_orders(session: Session) -> None:
    owner = make_user(session).id
    ours, other = (Till(session, owner_id=owner) for _ in range(2))
    for month, our_orders, their_orders in ((AUGUST, 1, 2), (SEPTEMBER, 0, 3), (OCTOBER, 3, 1)):
        for till, count in ((ours, our_orders), (other, their_orders)):
            for _ in range(count):
                till.sell(in_month(month), 10_550)
        close(session, month)
        session.flush()
    assert suggestion_for(session, enterprise_id=ours.shop.id) is None, "no cost is known"
    enter(session, AUGUST.plus(-1), 99_900)  # before the first closed month
    enter(session, SEPTEMBER, 10_000)
    enter(session, OCTOBER, 3_000)
    enter(session, OCTOBER, 2_001, scope=CostScope.COMMON)
    enter(session, OCTOBER, 6_000, minutes=120)
    session.flush()
    found = suggestion_for(session, enterprise_id=ours.shop.id)
    assert found is not None
    assert found.periods == ["2026-09", "2026-10"]
    assert (found.costs.own, found.costs.common, found.costs.given) == (13_000, 2_001, 6_000)
    assert (found.own_orders, found.orders) == (3, 7)
    # 150.01 ÷ 7 orders × 3 orders ÷ 2 months = 32.145, and 45.002 with the work given
    assert (found.monthly, found.monthly_with_work, found.per_order) == (3_215, 4_500, 2_143)
    stranger = Till(session, owner_id=owner)
    assert suggestion_for(session, enterprise_id=stranger.shop.id) is None, "it sold nothing yet"


def test_a_contribution_is_split_as_the_money_was_spent(session: Session) -> None:
    till = Till(session, owner_id=make_user(session).id)
    till.sell(in_month(OCTOBER), 105_500)
    close(session)
    session.flush()
    history = statements.statements_of(session, enterprise_id=till.shop.id)
    assert purpose_of(session, history) is None, "nothing is known to be spent"
    enter(session, OCTOBER, 2_000)
    bill = SentFile("f.pdf", FileKind.PDF, PDF)
    services.register_cost(session, actor=SYSTEM, cost=spec(CostCategory.LEGAL, 1_000), receipt=bill)
    enter(session, OCTOBER, 9_000, category=CostCategory.DESIGN, minutes=60)
    session.flush()
    found = purpose_of(session, history)
    assert found is not None
    assert (found.contribution, found.spent, found.proved) == (1_000, 3_000, 1_000)
    assert found.parts == [(CostCategory.HOSTING, 667, 2_000, 0), (CostCategory.LEGAL, 333, 1_000, 1_000)]


def test_months_of_which_no_cost_is_known_are_passed_over_without_a_look_at_each(session: Session) -> None:
    till = Till(session, owner_id=make_user(session).id)
    till.sell(in_month(OCTOBER), 105_500)
    close(session)
    session.flush()
    history = statements.statements_of(session, enterprise_id=till.shop.id)
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]))
    assert purpose_of(session, [*history] * 24) is None
    assert len(sent) <= 3
