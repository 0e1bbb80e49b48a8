"""Closing months, and what reviewers may do with statements."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.scheme import services as schemes
from billing.scheme.models import SchemeKind
from billing.statement import queries, services
from billing.statement.errors import CloseInOrder, LaterMonthClosed, MonthNotOver, NothingToClose, StatementChanged
from billing.statement.models import Closing, Statement, StatementState
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput
from coopcircuits.events import Event
from coopcircuits.period import Month
from orders.sale.models import SaleKind
from shops.enterprise.models import VatStatus
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement

NOVEMBER = OCTOBER.plus(1)


def test_a_month_becomes_one_statement_a_shop(session: Session) -> None:
    farm, hub = Till(session), Till(session)
    farm.sell(in_month(OCTOBER), 10_550)
    farm.sell(in_month(OCTOBER, 31, 22), 2_110)
    hub.sell(in_month(OCTOBER), 1_055)
    Till(session)  # sold nothing

    assert close(session) == 2

    of_farm = statement(session, farm.shop)
    assert (of_farm.order_count, of_farm.gross, of_farm.tax, of_farm.net) == (2, 12_660, 660, 12_000)
    assert (of_farm.base, of_farm.computed, of_farm.contribution_tax, of_farm.total) == (12_000, 120, 24, 144)
    assert of_farm.state is StatementState.TO_REVIEW
    summary = queries.summary(session, "2026-10")
    assert (summary.statements, summary.turnover_minor, summary.contribution_minor) == (2, 13_000, 130)


def test_half_a_cent_rounds_up(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER), 5_328)  # 50,50 € before tax: 0,505 € of contribution
    close(session)
    found = statement(session, till.shop)
    assert (found.net, found.contribution, found.contribution_tax) == (5_050, 51, 10)


def test_closing_again_changes_nothing(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER), 10_550)
    close(session)
    before = vars(statement(session, till.shop)).copy()

    assert close(session) == 0

    session.expire_all()
    after = vars(statement(session, till.shop))
    assert {k: after[k] for k in before if k[0] != "_"} == {k: before[k] for k in before if k[0] != "_"}
    assert session.scalar(select(func.count()).where(Event.name == "MonthClosed")) == 1


def test_staff_orders_are_no_online_turnover(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER), 10_550)
    till.sell(in_month(OCTOBER), 99_999, online=False)
    close(session)
    assert statement(session, till.shop).net == 10_000


def test_the_month_is_the_shops_own(session: Session) -> None:
    paris, reunion = Till(session), Till(session, zone="Indian/Reunion")
    last_evening = datetime(2026, 10, 31, 21, 30, tzinfo=UTC)  # 22:30 in Paris, already November on La Réunion
    paris.sell(last_evening, 1_055)
    reunion.sell(last_evening, 1_055)
    close(session)
    assert statement(session, paris.shop).net == 1_000
    close(session, NOVEMBER)
    assert statement(session, reunion.shop, NOVEMBER).net == 1_000


def test_a_month_closes_when_it_is_over_in_the_last_zone(session: Session) -> None:
    Till(session).sell(in_month(OCTOBER), 1_055)
    Till(session, zone="America/Martinique")
    midnight_in_martinique = datetime(2026, 11, 1, 4, tzinfo=UTC)
    with pytest.raises(MonthNotOver) as refused:
        close(session, at=midnight_in_martinique - timedelta(seconds=1))
    assert refused.value.params["moment"] == "2026-11-01 00:00"
    assert refused.value.params["zone"] == "America/Martinique"
    assert session.scalar(select(func.count(Closing.id))) == 0
    assert close(session, at=midnight_in_martinique) == 1


def test_a_negative_month_asks_nothing_and_carries_forward(session: Session) -> None:
    till = Till(session)
    order = till.sell(in_month(OCTOBER.plus(-1)), 10_550)
    close(session, OCTOBER.plus(-1))
    till.give_back(order, in_month(OCTOBER, 5), 10_550, SaleKind.CANCELLATION)
    till.sell(in_month(OCTOBER, 6), 2_110)
    close(session)
    october = statement(session, till.shop)
    assert (october.net, october.base, october.carried_out, october.total) == (-8_000, 0, -8_000, 0)

    till.sell(in_month(OCTOBER.plus(2)), 12_660)  # nothing happened in November: the carry waits
    close(session, NOVEMBER)
    close(session, OCTOBER.plus(2))
    december = statement(session, till.shop, OCTOBER.plus(2))
    assert (december.net, december.carried_in, december.base) == (12_000, -8_000, 4_000)
    assert (december.carried_out, december.contribution) == (0, 40)
    assert [s.period for s in queries.statements_of(session, enterprise_id=till.shop.id)] == [
        "2026-12",
        "2026-10",
        "2026-09",
    ]


def test_an_entry_that_comes_after_the_closing_is_counted_by_the_next_month(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER), 1_055)
    close(session)
    till.sell(in_month(OCTOBER, 31), 2_110, reference="LATECOMER")  # written by a machine whose clock is slow
    till.sell(in_month(NOVEMBER), 4_220)
    close(session, NOVEMBER)

    october, november = statement(session, till.shop), statement(session, till.shop, NOVEMBER)
    assert (october.net, november.net, november.late_count) == (1_000, 6_000, 1)
    for found in (october, november):
        lines = queries.lines_of(session, found)
        assert sum(line.net for line in lines) == found.net
    first = queries.lines_of(session, november)[0]
    assert (first.reference, first.month) == ("LATECOMER", "2026-10")


def test_an_amount_of_the_shops_choice_is_due_without_a_sale(session: Session) -> None:
    giver, silent, exempt = Till(session), Till(session), Till(session)
    with clock.travel(in_month(OCTOBER.plus(-1))):
        for shop, kind, amount, reason in (
            (giver.shop, SchemeKind.VOLUNTARY, 1_500, ""),
            (silent.shop, SchemeKind.VOLUNTARY, 0, ""),
            (exempt.shop, SchemeKind.EXEMPT, 0, "Première saison"),
        ):
            schemes.choose_scheme(
                session,
                actor=COOPERATIVE,
                enterprise_id=shop.id,
                kind=kind,
                amount=amount,
                reason=reason,
                valid_from=OCTOBER,
            )
    exempt.sell(in_month(OCTOBER), 10_550)
    assert close(session) == 2
    of_giver, of_exempt = statement(session, giver.shop), statement(session, exempt.shop)
    assert (of_giver.net, of_giver.contribution, of_giver.contribution_tax) == (0, 1_500, 300)
    assert (of_exempt.net, of_exempt.total, of_exempt.scheme_reason) == (10_000, 0, "Première saison")


def test_months_are_closed_in_order(session: Session) -> None:
    with pytest.raises(NothingToClose):
        close(session)
    till = Till(session)
    till.sell(in_month(OCTOBER.plus(-1)), 1_055)
    till.sell(in_month(OCTOBER), 1_055)
    with clock.travel(NOVEMBER_2):
        assert queries.months_to_close(session) == [OCTOBER.plus(-1), OCTOBER]
    with pytest.raises(NothingToClose):
        close(session, OCTOBER.plus(-2))
    with pytest.raises(CloseInOrder) as refused:
        close(session)
    assert refused.value.params["earlier"] == "2026-09"
    close(session, OCTOBER.plus(-1))
    close(session)
    with pytest.raises(LaterMonthClosed):
        close(session, Month(2026, 1))


def test_a_month_under_way_can_be_looked_at(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER), 10_550)
    with clock.travel(in_month(OCTOBER, 20)):
        now = queries.so_far(session, enterprise=till.shop, month=OCTOBER)
        assert (now.net, now.contribution, now.total) == (10_000, 100, 120)
        assert sum(line.gross for line in queries.lines_of(session, now)) == 10_550
    session.flush()
    assert session.scalar(select(func.count(Statement.id))) == 0


def statement_reasons(session: Session, found: Statement) -> list[str]:
    session.refresh(found, ["adjustments"])
    return [adjustment.reason for adjustment in found.adjustments]


class TestReview:
    """Deciding on a statement."""

    def closed(self, session: Session) -> Statement:
        till = Till(session)
        till.sell(in_month(OCTOBER), 1_055_000)
        close(session)
        return statement(session, till.shop)

    def test_an_adjustment_moves_contribution_and_tax(self, session: Session) -> None:
        found = self.closed(session)
        services.adjust(
            session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, amount=-2_550, reason=" Panne du site "
        )
        assert (found.computed, found.adjusted, found.contribution) == (10_000, -2_550, 7_450)
        assert (found.contribution_tax, found.total) == (1_490, 8_940)
        assert (found.version, statement_reasons(session, found)) == (1, ["Panne du site"])

    def test_a_contribution_stays_above_zero(self, session: Session) -> None:
        found = self.closed(session)
        with pytest.raises(InvalidInput) as refused:
            services.adjust(
                session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, amount=-10_001, reason="Trop"
            )
        assert refused.value.field == "amount"
        assert (found.contribution, found.version) == (10_000, 0)

    def test_a_waiver_says_why(self, session: Session) -> None:
        found = self.closed(session)
        with pytest.raises(InvalidInput):
            services.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, reason="  ")
        services.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, reason="Grêle")
        assert (found.contribution, found.total) == (0, 0)
        with pytest.raises(InvalidInput):
            services.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=1, reason="Encore")

    def test_the_second_of_two_reviewers_is_told(self, session: Session) -> None:
        found = self.closed(session)
        services.adjust(
            session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, amount=-500, reason="Erreur de prix"
        )
        with pytest.raises(StatementChanged):
            services.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=0, reason="Grêle")
        assert services.approve(session, actor=COOPERATIVE, seen={found.id: 0}) == []
        assert found.contribution == 9_500

    def test_after_approval_nothing_changes_until_it_is_undone(self, session: Session) -> None:
        found = self.closed(session)
        assert services.approve(session, actor=COOPERATIVE, seen={found.id: 0}) == [found]
        assert services.approve(session, actor=COOPERATIVE, seen={found.id: 1}) == []
        with pytest.raises(StatementChanged):
            services.adjust(
                session, actor=COOPERATIVE, statement_id=found.id, seen_version=1, amount=-1, reason="Trop tard"
            )
        services.undo_approval(session, actor=COOPERATIVE, statement_id=found.id, seen_version=1)
        assert (found.state, found.approved_at) == (StatementState.TO_REVIEW, None)
        with pytest.raises(StatementChanged):
            services.undo_approval(session, actor=SYSTEM, statement_id=found.id, seen_version=2)
        services.waive(session, actor=COOPERATIVE, statement_id=found.id, seen_version=2, reason="Grêle")
        names = session.scalars(select(Event.name).where(Event.subject_type == "statement").order_by(Event.id)).all()
        assert names == ["StatementApproved", "ApprovalUndone", "StatementAdjusted"]


class TestInvoiced:
    """From its invoice on, a statement stays as it is."""

    def approved(self, session: Session) -> Statement:
        till = Till(session)
        till.sell(in_month(OCTOBER), 1_055_000)
        close(session)
        found = statement(session, till.shop)
        services.approve(session, actor=COOPERATIVE, seen={found.id: 0})
        return found

    def test_nothing_moves_it_any_more(self, session: Session) -> None:
        found = self.approved(session)
        services.mark_invoiced(session, statement=found, actor=COOPERATIVE)
        assert (found.state, found.is_approved, found.is_invoiced) == (StatementState.INVOICED, True, True)
        with pytest.raises(StatementChanged):
            services.mark_invoiced(session, statement=found, actor=COOPERATIVE)
        with pytest.raises(StatementChanged):
            services.undo_approval(session, actor=COOPERATIVE, statement_id=found.id, seen_version=found.version)
        with pytest.raises(StatementChanged):
            services.adjust(
                session,
                actor=COOPERATIVE,
                statement_id=found.id,
                seen_version=found.version,
                amount=-1,
                reason="Trop tard",
            )
        assert close(session) == 0, "closing the month again leaves it alone"
        assert (found.state, found.contribution) == (StatementState.INVOICED, 10_000)

    def test_one_that_is_not_approved_is_not_invoiced(self, session: Session) -> None:
        found = self.approved(session)
        services.undo_approval(session, actor=COOPERATIVE, statement_id=found.id, seen_version=found.version)
        with pytest.raises(StatementChanged):
            services.mark_invoiced(session, statement=found, actor=COOPERATIVE)


def test_a_shop_that_changes_hands_in_mid_month_has_one_statement(session: Session) -> None:
    till = Till(session)
    till.sell(in_month(OCTOBER, 3), 10_550)
    till.shop.name, till.shop.siret, till.shop.vat_status = "La relève", "73282932000074", VatStatus.SMALL_BUSINESS
    till.sell(in_month(OCTOBER, 20), 10_550)
    assert close(session) == 1
    found = statement(session, till.shop)
    assert (found.order_count, found.net, found.contribution, found.contribution_tax) == (2, 20_000, 200, 40)
