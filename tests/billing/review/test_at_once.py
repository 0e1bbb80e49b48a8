"""Several people at work on one statement at the same moment: one is heard, the others are told; no word is lost."""

from functools import partial

import pytest
from sqlalchemy.orm import Session

from billing.question import queries as questions
from billing.question.services import answer, ask
from billing.statement import services
from billing.statement.errors import StatementChanged
from billing.statement.models import Statement
from coopcircuits.actor import Actor
from coopcircuits.db import Database
from tests.support.billing import COOPERATIVE, OCTOBER, Till, close, in_month, statement
from tests.support.crowd import at_once

SHOP = Actor("user", user_id=None)


@pytest.fixture
def seen(database: Database) -> Statement:
    """A statement of 10,00 € as everybody has read it."""
    with database.transaction() as session:
        till = Till(session)
        till.sell(in_month(OCTOBER), 105_500)
        close(session)
        return statement(session, till.shop)


def read(database: Database, seen: Statement) -> Statement:
    with database.reading() as session:
        return session.get_one(Statement, seen.id)


def approve(session: Session, seen: Statement) -> None:
    if not services.approve(session, actor=COOPERATIVE, seen={seen.id: seen.version}):
        raise StatementChanged


def waive(session: Session, seen: Statement) -> None:
    services.waive(session, actor=COOPERATIVE, statement_id=seen.id, seen_version=seen.version, reason="Grêle")


def adjust(session: Session, seen: Statement) -> None:
    services.adjust(
        session, actor=COOPERATIVE, statement_id=seen.id, seen_version=seen.version, amount=-100, reason="Panne"
    )


def test_of_two_reviewers_one_decides(database: Database, seen: Statement) -> None:
    ends = at_once(database, [partial(decide, seen=seen) for decide in (approve, waive, adjust, approve, waive)])
    assert ends == {"done": 1, "StatementChanged": 4}
    found = read(database, seen)
    assert found.version == 1
    assert (found.is_approved, found.contribution) in ((True, 1_000), (False, 0), (False, 900))


def test_two_questions_are_both_kept(database: Database, seen: Statement) -> None:
    jobs = [partial(ask, statement_id=seen.id, text=f"Question {number}", actor=SHOP) for number in range(4)]
    assert at_once(database, jobs) == {"done": 4}
    with database.reading() as session:
        question = questions.question_of(session, seen.id)
        assert question
        assert sorted(message.text for message in question.messages) == [f"Question {number}" for number in range(4)]
    assert read(database, seen).version == 4


def test_of_two_answers_one_is_sent(database: Database, seen: Statement) -> None:
    jobs = [
        partial(answer, statement_id=seen.id, seen_version=seen.version, text=text, actor=COOPERATIVE)
        for text in ("C’est juste.", "C’est une erreur.")
    ]
    assert at_once(database, jobs) == {"done": 1, "StatementChanged": 1}
