"""Our own month out of the books: every figure of the report where an accountant would look for it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from billing.commons.draft import Draft, Waiting, draft_report
from billing.commons.errors import MonthNotBegun
from billing.commons.figures import NOT_MEASURED
from billing.cost.models import CostCategory, CostKind, CostScope
from billing.scheme.models import SchemeKind
from billing.statement import services as statements
from billing.statement.errors import ForeignCurrency
from billing.treasury.services import correct_balance, note_balance
from coopcircuits import clock
from coopcircuits.cooperative.queries import cooperative
from coopcircuits.period import Month
from orders.sale.models import SaleKind
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement
from tests.support.collection import make_credit_note, make_invoice, pay
from tests.support.sisters import choose, sell_a_month, spend

HOST = "fr.example.coop"
LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)


def drafted(session: Session, month: Month = OCTOBER, now: datetime = LATER) -> Draft:
    home = cooperative(session)
    assert home is not None
    session.flush()
    return draft_report(session, home=home, month=month, instance=HOST, now=now)


def told(session: Session, month: Month = OCTOBER) -> dict[str, Any]:
    return drafted(session, month).payload


def test_sales_of_the_month_are_summed_and_rounded(session: Session) -> None:
    tills = sell_a_month(session, OCTOBER)
    order = tills[0].sell(in_month(OCTOBER), 50_000)
    tills[1].sell(in_month(OCTOBER), 40_000, online=False)
    for till in tills:
        kept = till.sell(in_month(OCTOBER), 30_000)
        till.give_back(kept, in_month(OCTOBER, day=20), 10_000)
    tills[0].give_back(order, in_month(OCTOBER, day=21), 50_000, SaleKind.CANCELLATION)
    payload = told(session)
    # 6 × (120,000 + 90,000) + (11,000 + 7,000) × 15 + 50,000 + 40,000 + 6 × 30,000; refunds 6 × 10,000 + 50,000
    assert payload["turnover"]["gross"] == 1_800_000
    assert payload["turnover"]["refunds"] == 110_000
    gross, refunds, tax = (payload["turnover"][part] for part in ("gross", "refunds", "tax"))
    assert payload["turnover"]["net_ex_tax"] == gross - refunds - tax
    assert abs(tax - (1_800_000 - 110_000) * 550 // 10_550) < 10_000
    assert payload["orders"] == {"completed": 12 + 1 + 1 + 6, "cancelled": 1}
    assert payload["shops"] == {"registered": 6, "active": 6}


def test_the_month_is_that_of_the_cooperative_whatever_the_shops_clock(session: Session) -> None:
    """Midnight in Paris is already morning in Auckland: the shop's month differs, the report's does not."""
    till = Till(session, zone="Pacific/Auckland")
    till.sell(datetime(2026, 10, 31, 22, 30, tzinfo=UTC), 100_000)  # 23:30 in Paris, 1 November in Auckland
    till.sell(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), 100_000)  # 1 November in both
    assert told(session)["orders"]["completed"] == 1
    assert told(session, Month(2026, 11))["orders"]["completed"] == 1


def test_people_are_counted_once_whatever_the_number_of_orders_and_shops(session: Session) -> None:
    tills = sell_a_month(session, OCTOBER, shops=12)
    assert told(session)["shoppers"]["distinct"] == 12
    for till in tills[1:]:
        order = till.sell(in_month(OCTOBER), 1_000)
        order.email = tills[0].customer.email
    assert told(session)["shoppers"]["distinct"] == 12


def test_fewer_than_ten_people_are_not_counted_out(session: Session) -> None:
    sell_a_month(session, OCTOBER)
    assert told(session)["shoppers"]["distinct"] == "<10"


def test_sales_are_split_by_the_scheme_of_the_shop(session: Session) -> None:
    tills = sell_a_month(session, OCTOBER, shops=11)
    for till in tills[:5]:
        choose(session, till, SchemeKind.VOLUNTARY, amount=1_500)
    payload = told(session)
    by_scheme = payload["turnover"]["by_scheme"]
    assert by_scheme["exempt"] == 0
    assert min(by_scheme["percent"], by_scheme["voluntary"]) > 0
    assert sum(by_scheme.values()) == payload["turnover"]["net_ex_tax"]


def test_few_shops_are_hidden_and_a_band_stands_for_them(session: Session) -> None:
    sell_a_month(session, OCTOBER, shops=3)
    payload = told(session)
    assert payload["turnover"]["net_ex_tax"] is None
    assert payload["bands"] == [{"field": "turnover.net_ex_tax", "from": 500_000, "to": 2_000_000}]


def test_contributions_count_in_the_month_in_which_they_are_approved(session: Session) -> None:
    tills = sell_a_month(session, OCTOBER)
    close(session)
    with clock.travel(NOVEMBER_2):
        for till in tills:
            found = statement(session, till.shop)
            statements.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
    expected = sum(statement(session, till.shop).contribution for till in tills)
    october, november = told(session), told(session, Month(2026, 11))
    assert october["contributions"]["percent"]["invoiced"] == 0
    assert abs(november["contributions"]["percent"]["invoiced"] - expected) <= 50
    assert abs(november["income_12m"] - expected) <= 5_000


def test_contributions_are_told_without_tax_as_they_are_paid_corrected_and_late(session: Session) -> None:
    tills = sell_a_month(session, OCTOBER)
    close(session)
    asked = 0
    for till in tills:
        with clock.travel(NOVEMBER_2):
            found = statement(session, till.shop)
            statements.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
            invoice = make_invoice(session, till.shop, of=found, due_on=date(2026, 12, 3))
        assert (invoice.net, invoice.tax) == (found.contribution, found.contribution_tax)
        asked += found.contribution
        with clock.travel(datetime(2026, 11, 20, 9, tzinfo=UTC)):
            pay(session, till.shop, invoice.total // 2)
        with clock.travel(datetime(2026, 12, 10, 9, tzinfo=UTC)):
            make_credit_note(session, invoice, invoice.total // 4)
        with clock.travel(datetime(2027, 1, 2, 9, tzinfo=UTC)):
            pay(session, till.shop, invoice.total)
    now = datetime(2027, 2, 5, 9, tzinfo=UTC)
    months = [drafted(session, Month(2026, 11).plus(step), now).payload for step in range(3)]
    # By month: approved, credited, collected, late at its end; then the income of twelve months. Quarters of the whole.
    expected = [(4, 0, 2, 0, 4), (0, 1, 0, 1, 3), (0, 0, 1, 0, 3)]
    for payload, (invoiced, credited, collected, overdue, income) in zip(months, expected, strict=True):
        percent = payload["contributions"]["percent"]
        quarters = {"invoiced": invoiced, "credited": credited, "collected": collected, "overdue": overdue}
        for measure, quarter in quarters.items():
            assert abs(percent[measure] - asked * quarter // 4) <= 60, (payload["period"], measure)
        assert abs(payload["income_12m"] - asked * income // 4) <= 5_000
    under_way = drafted(session, Month(2026, 12), datetime(2026, 12, 2, 9, tzinfo=UTC)).payload
    assert under_way["contributions"]["percent"]["overdue"] == 0, "due tomorrow"


def test_costs_are_summed_by_category_and_work_keeps_its_minutes(session: Session) -> None:
    spend(session, OCTOBER, 3_490)
    spend(session, OCTOBER, 1_450)
    spend(
        session,
        OCTOBER,
        7_200,
        category=CostCategory.TESTING,
        scope=CostScope.COMMON,
        kind=CostKind.IN_KIND,
        minutes=240,
    )
    spend(session, Month(2026, 9), 99_999)
    assert told(session)["costs"] == [
        {"category": "hosting", "scope": "local", "kind": "cash", "amount": 4_940, "receipts": []},
        {
            "category": "testing",
            "scope": "common",
            "kind": "in_kind",
            "amount": 7_200,
            "minutes": 240,
            "rate_ref": "declared",
            "receipts": [],
        },
    ]


def test_what_nobody_measures_is_not_claimed(session: Session) -> None:
    availability = told(session)["availability"]
    assert availability["method"] == NOT_MEASURED
    assert availability["probes"] == 0


def test_the_software_says_its_version_and_tables(session: Session) -> None:
    software = told(session)["software"]
    assert software["name"] == "CoopCircuits"
    assert software["version"][0].isdigit()
    assert software["schema"]


def test_a_month_under_way_is_provisional(session: Session) -> None:
    found = drafted(session, now=datetime(2026, 10, 31, 22, 59, tzinfo=UTC))
    assert (found.payload["state"], found.waiting) == ("provisional", Waiting.MONTH_UNDER_WAY)


def test_a_month_is_final_once_its_statements_are_closed(session: Session) -> None:
    sell_a_month(session, OCTOBER)
    assert drafted(session).waiting is Waiting.STATEMENTS_OPEN
    close(session)
    found = drafted(session)
    assert (found.payload["state"], found.waiting) == ("final", None)


def test_a_month_without_sales_needs_no_statement(session: Session) -> None:
    assert drafted(session).payload["state"] == "final"


def test_a_month_to_come_cannot_be_reported(session: Session) -> None:
    with pytest.raises(MonthNotBegun):
        drafted(session, Month(2027, 1))


def test_sales_in_another_currency_are_not_mixed_in(session: Session) -> None:
    Till(session, currency="CHF", name="Fromagerie d’en face").sell(in_month(OCTOBER), 10_000)
    with pytest.raises(ForeignCurrency, match="Fromagerie d’en face"):
        drafted(session)


def test_the_content_does_not_depend_on_the_moment(session: Session) -> None:
    sell_a_month(session, OCTOBER)
    close(session)
    first, second = drafted(session), drafted(session, now=LATER + timedelta(days=9))
    assert first.payload["issued_at"] != second.payload["issued_at"]
    assert first.content == second.content


def test_cash_and_how_long_it_lasts_are_told_once_noted(session: Session) -> None:
    spend(session, OCTOBER.plus(-1), 20_000)
    spend(session, OCTOBER, 40_000)
    spend(session, OCTOBER, 60_000, kind=CostKind.IN_KIND, minutes=120)
    before = drafted(session)
    assert "balance" not in before.payload
    with clock.travel(LATER):
        note_balance(session, actor=COOPERATIVE, month=OCTOBER, amount=341_234)
    after = drafted(session)
    assert after.payload["balance"] == {"cash_end": 340_000, "runway_months_tenths": 113}  # ÷ 300
    assert after.content != before.content
    with clock.travel(LATER):
        correct_balance(session, actor=COOPERATIVE, period="2026-10", seen_version=0, amount=-341_234)
    assert told(session)["balance"] == {"cash_end": -340_000, "runway_months_tenths": 0}


def test_cash_without_spending_is_told_without_a_runway(session: Session) -> None:
    with clock.travel(LATER):
        note_balance(session, actor=COOPERATIVE, month=OCTOBER, amount=340_000)
    assert told(session)["balance"] == {"cash_end": 340_000}


def test_a_late_cost_revises_its_own_month_alone(session: Session) -> None:
    spend(session, OCTOBER.plus(-1), 20_000)
    with clock.travel(LATER):
        note_balance(session, actor=COOPERATIVE, month=OCTOBER, amount=340_000)
    september, october = drafted(session, OCTOBER.plus(-1)), drafted(session)
    spend(session, OCTOBER.plus(-1), 9_000)
    assert drafted(session, OCTOBER.plus(-1)).content != september.content
    after = drafted(session)
    assert after.payload["balance"] != october.payload["balance"], "it lasts less long"
    assert after.content == october.content
    with clock.travel(LATER):
        correct_balance(session, actor=COOPERATIVE, period="2026-10", seen_version=0, amount=350_000)
    assert drafted(session).content != october.content
