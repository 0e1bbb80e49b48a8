"""The ledger: each difference in the month in which it happened, on the shop's own calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import GUEST, SYSTEM
from coopcircuits.money import TaxedMoney
from orders.order import services as orders
from orders.sale import queries
from orders.sale.models import SaleKind
from orders.sale.services import enter
from tests.support.cycles import make_cycle
from tests.support.invariants import check_invariants
from tests.support.orders import make_order
from tests.support.plans import plan_of
from tests.support.shops import make_shop


@pytest.mark.parametrize(
    ("zone", "month"), [("Europe/Paris", "2026-11"), ("America/Cayenne", "2026-10"), ("Pacific/Auckland", "2026-11")]
)
def test_the_month_is_the_shops_own(session: Session, zone: str, month: str) -> None:
    with clock.travel(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)):
        order = make_order(session, make_cycle(session, make_shop(session, zone=zone)))
        taxes = {550: TaxedMoney(-100, -6), 2000: TaxedMoney(-50, -10)}
        entry = enter(session, order=order, kind=SaleKind.REFUND, taxes=taxes, reason="x" * 300, actor=SYSTEM)
    assert (entry.month, entry.gross, entry.net, entry.tax) == (month, -166, -150, -16)
    assert entry.taxes == {"550": [-100, -6], "2000": [-50, -10]}
    assert entry.online
    assert len(entry.reason) == 200


def test_sums_by_order_and_by_time(session: Session) -> None:
    before = clock.now() - timedelta(seconds=1)
    order = make_order(session)
    assert queries.due(session, order_id=order.id) == 600
    assert queries.booked(session, order_id=order.id) == {550: TaxedMoney(569, 31)}
    orders.cancel(session, order_id=order.id, actor=GUEST)
    after = clock.now() + timedelta(seconds=1)
    assert queries.due(session, order_id=order.id) == 0
    assert queries.sold_between(session, shop_id=order.shop_id, starts=before, ends=after) == 0
    assert queries.sold_between(session, shop_id=order.shop_id, starts=after, ends=after + timedelta(days=1)) == 0
    check_invariants(session)


def test_a_shop_s_week_is_found_without_reading_the_whole_ledger(session: Session) -> None:
    sent: list[tuple[str, object]] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append((given[2], given[3])))
    queries.sold_between(session, shop_id=1, starts=clock.now() - timedelta(days=7), ends=clock.now())
    [plan] = [plan_of(session, *asked) for asked in sent if asked[0].startswith("SELECT")]
    assert "ix_sale_entry_shop_id" in plan
