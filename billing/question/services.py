"""Ask about a statement, answer, or see that nothing is left to answer."""

from sqlalchemy.orm import Session

from billing.question import queries
from billing.question.errors import QuestionTooLate
from billing.question.events import QuestionAnswered, QuestionAsked, QuestionSettled
from billing.question.models import Message, Question
from billing.statement import queries as statements
from billing.statement.errors import StatementChanged
from billing.statement.models import Statement
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotAllowed, NotFound
from coopcircuits.i18n import N_
from shops.enterprise import queries as enterprises

#: Characters of one message.
MOST = 2_000


def ask(session: Session, *, statement_id: int, text: str, actor: Actor) -> Message:
    """Question a statement on behalf of its shop, whatever its state.

    Raises :class:`QuestionTooLate` once the days to question it are over, :class:`InvalidInput`, :class:`NotFound`.
    """
    statement = _lock(session, statement_id)
    zone = enterprises.by_id(session, statement.enterprise_id).zone
    if not queries.may_ask(session, statement, zone=zone):
        raise QuestionTooLate
    message = _write(session, statement, text, actor, from_cooperative=False)
    asked = QuestionAsked(
        statement_id=statement.id,
        message_id=message.id,
        enterprise_id=statement.enterprise_id,
        period=statement.period,
    )
    events.record(session, asked, actor=actor)
    return message


def answer(session: Session, *, statement_id: int, seen_version: int, text: str, actor: Actor) -> Message:
    """Write to the shop about its statement; what it asked is answered by that.

    Raises :class:`NotAllowed` for others than the cooperative, :class:`StatementChanged`, :class:`InvalidInput`.
    """
    statement = _lock_seen(session, statement_id, seen_version, actor)
    message = _write(session, statement, text, actor, from_cooperative=True)
    answered = QuestionAnswered(
        statement_id=statement.id,
        message_id=message.id,
        enterprise_id=statement.enterprise_id,
        period=statement.period,
    )
    events.record(session, answered, actor=actor)
    return message


def settle(session: Session, *, statement_id: int, seen_version: int, actor: Actor) -> Question:
    """See that the shop's last word asks for no answer ("thank you"). Raises as :func:`answer`."""
    statement = _lock_seen(session, statement_id, seen_version, actor)
    question = queries.question_of(session, statement.id)
    if question is None or question.waiting_since is None:
        raise StatementChanged
    question.waiting_since = None
    statement.version += 1
    settled = QuestionSettled(statement_id=statement.id, enterprise_id=statement.enterprise_id, period=statement.period)
    events.record(session, settled, actor=actor)
    return question


def _lock(session: Session, statement_id: int) -> Statement:
    found = statements.lock_statements(session, [statement_id])
    if not found:
        raise NotFound
    return found[0]


def _lock_seen(session: Session, statement_id: int, seen_version: int, actor: Actor) -> Statement:
    if not actor.is_cooperative:
        raise NotAllowed
    statement = _lock(session, statement_id)
    if statement.version != seen_version:
        raise StatementChanged
    return statement


def _write(session: Session, statement: Statement, text: str, actor: Actor, *, from_cooperative: bool) -> Message:
    """Add a turn. The statement's version rises: whoever decides on it has read every word."""
    if not text.strip():
        raise InvalidInput(N_("Write a few words first."), field="text")
    if len(text.strip()) > MOST:
        raise InvalidInput(N_("That is too long: at most %(most)s characters."), field="text", most=MOST)
    question = queries.question_of(session, statement.id)
    if question is None:
        question = Question(statement_id=statement.id)
        session.add(question)
        session.flush()
    now = clock.now()
    question.waiting_since = None if from_cooperative else question.waiting_since or now
    message = Message(
        question_id=question.id,
        from_cooperative=from_cooperative,
        text=text.strip(),
        written_by=actor.label,
        written_at=now,
    )
    session.add(message)
    statement.version += 1
    session.flush()
    return message
