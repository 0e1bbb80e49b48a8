"""What the accounts held at the end of a month: noted once, put right with its history."""

import pytest
from sqlalchemy.orm import Session

from billing.cost.models import CostCategory
from billing.cost.services import register_cost
from billing.treasury import queries
from billing.treasury.errors import BalanceChanged
from billing.treasury.services import correct_balance, note_balance
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput
from coopcircuits.period import Month
from tests.support.billing import NOVEMBER_2, OCTOBER
from tests.support.costs import spec


def note(session: Session, month: Month = OCTOBER, amount: int = 340_000) -> None:
    with clock.travel(NOVEMBER_2):
        note_balance(session, actor=SYSTEM, month=month, amount=amount)


def test_the_register_says_how_long_it_lasts(session: Session) -> None:
    for month, amount in ((OCTOBER.plus(-1), 30_000), (OCTOBER, 50_000), (OCTOBER.plus(1), 900_000)):
        register_cost(session, actor=SYSTEM, cost=spec(CostCategory.HOSTING, amount, month=month))
    register_cost(session, actor=SYSTEM, cost=spec(CostCategory.SUPPORT, 7_000, minutes=60))
    assert queries.last_position(session) is None
    note(session)
    found = queries.last_position(session)
    assert found is not None
    assert (found.cash, found.a_month, found.runway) == (340_000, 40_000, 85)


def test_months_in_between_are_shown_as_not_noted(session: Session) -> None:
    note(session, OCTOBER.plus(-3), -20_000)
    note(session)
    ends = queries.month_ends(session, OCTOBER)
    assert [(end.period, end.balance.amount if end.balance else None) for end in ends] == [
        ("2026-07", -20_000),
        ("2026-08", None),
        ("2026-09", None),
        ("2026-10", 340_000),
    ]


@pytest.mark.parametrize("steps", [1, 2, 1200, -24, -1200])
def test_a_month_to_come_or_long_past_is_refused(session: Session, steps: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        note(session, OCTOBER.plus(steps))
    assert refused.value.field == "period"


def test_a_month_is_noted_once_and_corrected_after(session: Session) -> None:
    note(session, OCTOBER.plus(-23))
    note(session)
    with pytest.raises(InvalidInput):
        note(session)
    corrected = correct_balance(session, actor=SYSTEM, period="2026-10", seen_version=0, amount=340_050)
    assert (corrected.amount, corrected.version) == (340_050, 1)
    with pytest.raises(BalanceChanged):
        correct_balance(session, actor=SYSTEM, period="2026-10", seen_version=0, amount=1)
    correct_balance(session, actor=SYSTEM, period="2026-10", seen_version=1, amount=340_050)
    names = [event.name for event in queries.happenings(session, corrected.id)]
    assert names == ["CashCorrected", "CashNoted"], "the same again changes nothing"
