"""The definition of turnover, and that the set-based query agrees with it on any lives of orders."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from billing.turnover import queries
from billing.turnover.definition import Moment, OrderLife, turnover_by_month
from billing.turnover.queries import Span
from coopcircuits import clock
from coopcircuits.actor import GUEST
from coopcircuits.db import Database
from coopcircuits.money import NOTHING, TaxedMoney
from coopcircuits.period import Month
from orders.sale.models import SaleKind
from orders.sale.services import enter
from tests.support.billing import Till
from tests.support.people import make_user

ZONES = ("Europe/Paris", "Pacific/Auckland", "America/Martinique")
START = datetime(2026, 9, 28, tzinfo=UTC)
MONTHS = [Month(2026, 9).plus(number) for number in range(5)]


def paid(gross: int) -> TaxedMoney:
    return TaxedMoney.from_gross(gross, 550)


class TestDefinition:
    """Cases an accountant would ask about."""

    def test_a_cancellation_counts_in_its_own_month(self) -> None:
        life = OrderLife(
            online=True,
            zone="Europe/Paris",
            moments=[
                Moment(datetime(2026, 10, 30, 12, tzinfo=UTC), paid(5_275)),
                Moment(datetime(2026, 11, 2, 12, tzinfo=UTC), NOTHING),
            ],
        )
        assert turnover_by_month(life) == {Month(2026, 10): paid(5_275), Month(2026, 11): -paid(5_275)}

    def test_changes_of_one_month_add_up_to_what_is_owed_at_its_end(self) -> None:
        moments = [
            Moment(datetime(2026, 10, 1, 12, tzinfo=UTC), paid(5_000)),
            Moment(datetime(2026, 10, 2, 12, tzinfo=UTC), paid(7_000), deposits=400),
            Moment(datetime(2026, 10, 9, 12, tzinfo=UTC), paid(6_000), deposits=400),
        ]
        life = OrderLife(online=True, zone="Europe/Paris", moments=moments)
        assert turnover_by_month(life) == {Month(2026, 10): paid(6_000)}

    def test_an_order_typed_in_by_the_staff_never_counts(self) -> None:
        moments = [Moment(datetime(2026, 10, 1, 12, tzinfo=UTC), paid(5_000))]
        assert turnover_by_month(OrderLife(online=False, zone="Europe/Paris", moments=moments)) == {}

    def test_what_is_no_price_does_not_count(self) -> None:
        day = datetime(2026, 10, 1, 12, tzinfo=UTC)
        extras = Moment(day, paid(5_275), vouchers=paid(1_055), deposits=400, tips=200, top_ups=5_000)
        life = OrderLife(online=True, zone="Europe/Paris", moments=[extras])
        assert turnover_by_month(life) == {Month(2026, 10): paid(5_275) - paid(1_055)}

    @pytest.mark.parametrize(("zone", "month"), [("Europe/Paris", 10), ("Pacific/Auckland", 11)])
    def test_the_month_is_read_on_the_shops_wall(self, zone: str, month: int) -> None:
        moments = [Moment(datetime(2026, 10, 31, 22, 59, tzinfo=UTC), paid(5_000))]
        assert list(turnover_by_month(OrderLife(online=True, zone=zone, moments=moments))) == [Month(2026, month)]


@st.composite
def lives(draw: st.DrawFn) -> OrderLife:
    """An order that is sold, then changed, refunded or cancelled over up to three months."""
    instants = sorted(
        draw(
            st.lists(
                st.integers(0, 110 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
                min_size=1,
                max_size=5,
                unique=True,
            )
        )
    )
    owed = draw(st.lists(st.integers(0, 90_000), min_size=len(instants), max_size=len(instants)))
    moments = [
        Moment(at, paid(gross), deposits=draw(st.integers(0, 500))) for at, gross in zip(instants, owed, strict=True)
    ]
    return OrderLife(online=draw(st.booleans()), zone=draw(st.sampled_from(ZONES)), moments=moments)


@example([])
@given(st.lists(lives(), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_query_agrees_with_the_definition(database: Database, found: list[OrderLife]) -> None:
    with database.reading() as session:  # rolled back after each example
        owner = make_user(session).id
        tills = {zone: Till(session, owner_id=owner, zone=zone) for zone in ZONES}
        expected: Counter[tuple[str, int, str]] = Counter()
        for life in found:
            till = tills[life.zone]
            order = till.order(online=life.online)
            for month, amount in turnover_by_month(life).items():
                expected[str(month), till.shop.id, "net"] += amount.net
                expected[str(month), till.shop.id, "tax"] += amount.tax
            before = NOTHING
            for number, moment in enumerate(life.moments):
                kind = SaleKind.CHANGE if number else SaleKind.SALE
                with clock.travel(moment.at):
                    taxes = {550: moment.sold - before}
                    entry = enter(session, order=order, kind=kind, taxes=taxes, actor=GUEST)
                entry.deposits, before = moment.deposits, moment.sold
        session.flush()
        counted: Counter[tuple[str, int, str]] = Counter()
        for month in MONTHS:
            for shop_id, sold in queries.turnover_by_shop(session, Span(str(month)), currency="EUR").items():
                counted[str(month), shop_id, "net"] += sold.net
                counted[str(month), shop_id, "tax"] += sold.tax
                lines = queries.lines(session, Span(str(month)), shop_id=shop_id, late=False)
                assert sum(line.net for line in lines) == sold.net
    assert +counted == +expected
    assert -counted == -expected
