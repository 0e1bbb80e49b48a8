"""A shop questions its statement, the cooperative answers; neither works on what it has not read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from billing.question import queries
from billing.question.errors import QuestionTooLate
from billing.question.services import MOST, answer, ask, settle
from billing.statement import services
from billing.statement.errors import StatementChanged
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.errors import InvalidInput, NotAllowed, NotFound
from tests.support.billing import COOPERATIVE, NOVEMBER_2, OCTOBER, Till, close, in_month, statement

SHOP = Actor("user", user_id=None)
PARIS = "Europe/Paris"


@pytest.fixture
def found(session: Session) -> Statement:
    till = Till(session)
    till.sell(in_month(OCTOBER), 105_500)
    close(session)
    return statement(session, till.shop)


def approve(session: Session, found: Statement, at: datetime = NOVEMBER_2) -> None:
    with clock.travel(at):
        services.approve(session, actor=COOPERATIVE, seen={found.id: found.version})
    session.flush()


def test_a_question_waits_until_it_is_answered(session: Session, found: Statement) -> None:
    with clock.travel(NOVEMBER_2):
        ask(session, statement_id=found.id, text=" Pourquoi\n12 € ? ", actor=SHOP)
        ask(session, statement_id=found.id, text="Et le 3 octobre ?", actor=SHOP)
    assert queries.is_open(session, found.id)
    assert [(each.period, each.questions, each.since) for each in queries.waiting_by_period(session)] == [
        ("2026-10", 1, NOVEMBER_2)
    ]
    answer(session, statement_id=found.id, seen_version=2, text="C’est 1 %.", actor=COOPERATIVE)
    assert not queries.is_open(session, found.id)
    question = queries.question_of(session, found.id)
    assert question
    session.refresh(question, ["messages"])
    assert [(each.text, each.from_cooperative) for each in question.messages] == [
        ("Pourquoi\n12 € ?", False),
        ("Et le 3 octobre ?", False),
        ("C’est 1 %.", True),
    ]


def test_a_thank_you_asks_for_no_answer(session: Session, found: Statement) -> None:
    ask(session, statement_id=found.id, text="Merci !", actor=SHOP)
    settle(session, statement_id=found.id, seen_version=1, actor=COOPERATIVE)
    assert not queries.is_open(session, found.id)
    with pytest.raises(StatementChanged):
        settle(session, statement_id=found.id, seen_version=2, actor=COOPERATIVE)


def test_nobody_decides_without_having_read_the_question(session: Session, found: Statement) -> None:
    ask(session, statement_id=found.id, text="Attendez !", actor=SHOP)
    assert services.approve(session, actor=COOPERATIVE, seen={found.id: 0}) == []
    with pytest.raises(StatementChanged):
        answer(session, statement_id=found.id, seen_version=0, text="Oui ?", actor=COOPERATIVE)
    assert len(services.approve(session, actor=COOPERATIVE, seen={found.id: 1})) == 1


def test_before_the_approval_there_is_no_last_day(session: Session, found: Statement) -> None:
    assert queries.last_day(session, found, zone=PARIS) is None
    with clock.travel(NOVEMBER_2 + timedelta(days=300)):
        assert queries.may_ask(session, found, zone=PARIS)


def test_the_days_end_at_midnight_of_the_shop(session: Session, found: Statement) -> None:
    """Approved on 2 November at 23:30 UTC, which is the 3rd in Paris."""
    approve(session, found, datetime(2026, 11, 2, 23, 30, tzinfo=UTC))
    days = queries.days_of(session, found)
    last = queries.last_day(session, found, zone=PARIS)
    assert last == date(2026, 11, 3) + timedelta(days=days)
    midnight = clock.at_local(last + timedelta(days=1), 0, 0, PARIS)
    with clock.travel(midnight - timedelta(seconds=1)):
        ask(session, statement_id=found.id, text="À temps ?", actor=SHOP)
    with clock.travel(midnight), pytest.raises(QuestionTooLate):
        ask(session, statement_id=found.id, text="Trop tard ?", actor=SHOP)


def test_an_answer_gives_the_shop_its_days_again(session: Session, found: Statement) -> None:
    approve(session, found)
    days = timedelta(days=queries.days_of(session, found))
    with clock.travel(NOVEMBER_2 + days):
        ask(session, statement_id=found.id, text="Une erreur ?", actor=SHOP)
    with clock.travel(NOVEMBER_2 + days * 2):
        answer(session, statement_id=found.id, seen_version=found.version, text="Laquelle ?", actor=COOPERATIVE)
    assert queries.last_day(session, found, zone=PARIS) == date(2026, 11, 2) + days * 3


def test_an_invoiced_statement_may_be_questioned(session: Session, found: Statement) -> None:
    approve(session, found)
    services.mark_invoiced(session, statement=found, actor=COOPERATIVE)
    with clock.travel(NOVEMBER_2 + timedelta(days=2)):
        ask(session, statement_id=found.id, text="Et l’avoir ?", actor=SHOP)
    assert queries.is_open(session, found.id)
    assert found.is_invoiced


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MOST + 1)])
def test_words_are_needed_and_not_too_many(session: Session, found: Statement, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(session, statement_id=found.id, text=text, actor=SHOP)
    assert refused.value.field == "text"
    assert queries.question_of(session, found.id) is None


def test_only_the_cooperative_answers(session: Session, found: Statement) -> None:
    for actor in (SHOP, SYSTEM):
        with pytest.raises(NotAllowed):
            answer(session, statement_id=found.id, seen_version=0, text="Non.", actor=actor)
        with pytest.raises(NotAllowed):
            settle(session, statement_id=found.id, seen_version=0, actor=actor)
    with pytest.raises(NotFound):
        ask(session, statement_id=found.id + 1, text="Où ?", actor=SHOP)
