"""Reading questions about statements, and until when they may be asked."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from billing.question.models import Message, Question
from billing.scheme import queries as schemes
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.errors import NotFound
from coopcircuits.period import Month


class Waiting(NamedTuple):
    """The questions of one month that wait for an answer; ``since`` is the oldest."""

    period: str
    questions: int
    since: datetime


def question_of(session: Session, statement_id: int) -> Question | None:
    """The exchange about a statement with all that was said, oldest first."""
    return session.scalar(
        select(Question).where(Question.statement_id == statement_id).options(selectinload(Question.messages))
    )


def is_open(session: Session, statement_id: int) -> bool:
    """Whether the shop waits for an answer."""
    wanted = select(Question.id).where(Question.statement_id == statement_id, Question.waiting_since.is_not(None))
    return session.scalar(wanted) is not None


def message_of(session: Session, message_id: int) -> tuple[Message, Statement]:
    """One turn, and the statement it is about; raises :class:`NotFound`."""
    row = session.execute(
        select(Message, Statement)
        .join(Question, Question.id == Message.question_id)
        .join(Statement, Statement.id == Question.statement_id)
        .where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def waiting_by_period(session: Session) -> list[Waiting]:
    """Months with questions that wait for an answer, the earliest first."""
    rows = session.execute(
        select(Statement.period, func.count(), func.min(Question.waiting_since))
        .join(Question, Question.statement_id == Statement.id)
        .where(Question.waiting_since.is_not(None))
        .group_by(Statement.period)
        .order_by(Statement.period)
    )
    return [Waiting(period, questions, since) for period, questions, since in rows if since]


def days_of(session: Session, statement: Statement) -> int:
    """How many days the terms of its month give to question a statement."""
    return schemes.terms_for(session, Month.parse(statement.period)).question_days


def last_day(session: Session, statement: Statement, *, zone: str) -> date | None:
    """The last day of the shop's calendar on which it may write; none while the statement is not told yet.

    The days count from the approval, which is mailed, and again from each answer of the cooperative.
    """
    if statement.approved_at is None:
        return None
    answered = session.scalar(
        select(func.max(Message.written_at))
        .join(Question, Question.id == Message.question_id)
        .where(Question.statement_id == statement.id, Message.from_cooperative.is_(True))
    )
    told = max(statement.approved_at, answered or statement.approved_at)
    return clock.local_date(told, zone) + timedelta(days=days_of(session, statement))


def may_ask(session: Session, statement: Statement, *, zone: str) -> bool:
    """Whether the shop may still write about its statement."""
    last = last_day(session, statement, zone=zone)
    return last is None or clock.local_date(clock.now(), zone) <= last
