"""Reading offers costs what is on sale, not what was."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.db import table
from orders.offer import queries
from orders.offer.models import Offer
from orders.order_cycle.models import OrderCycle
from tests.support.cycles import make_cycle, offers_of
from tests.support.plans import plan_of
from tests.support.shops import make_product, make_shop

PAST = 100


@pytest.fixture
def variant_id(session: Session) -> int:
    """Of a product that is on sale, and was in a hundred cycles before."""
    shop = make_shop(session)
    make_product(session, shop)
    [offer] = offers_of(session, make_cycle(session, shop))
    cycle, columns = table(OrderCycle), table(Offer).columns
    present = session.execute(select(cycle).where(cycle.c.shop_id == shop.id)).mappings().one()
    sold = session.execute(select(*columns).where(columns.id == offer.id)).mappings().one()
    for number in range(1, PAST + 1):
        closed = clock.now() - timedelta(days=7 * number)
        dates = {"opens_at": closed - timedelta(days=3), "closes_at": closed}
        past = {**present, **dates, "id": present["id"] + number, "reference": f"P{number}"}
        session.execute(insert(cycle).values(past))
        again = {**sold, "id": sold["id"] + number, "cycle_id": past["id"], "closes_at": closed}
        session.execute(insert(table(Offer)).values(again))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE offer"))
    return offer.variant_id


def test_past_sales_of_a_product_are_not_looked_at(session: Session, variant_id: int) -> None:
    sent: list[tuple[str, object]] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append((given[2], given[3])))
    assert len(queries.shops_selling(session, variant_ids=[variant_id])) == 1
    [offer] = queries.lock_live(session, Offer.variant_id == variant_id)
    assert offer.closes_at > clock.now()
    for statement, values in list(sent):
        plan = plan_of(session, statement, values)
        [look] = [line for line in plan.splitlines() if "variant_id" in line and "closes_at" in line]
        assert "closes_at >" in look.replace("closes_at>", "closes_at >"), plan
