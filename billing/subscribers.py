"""What follows from what happens in billing: mails."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from billing import emails
from billing.question import emails as question_emails
from billing.question import queries as questions
from billing.question.events import QuestionAnswered, QuestionAsked
from billing.scheme import queries as schemes
from billing.starter import emails as starter_emails
from billing.starter import queries as starters
from billing.starter.events import StarterEnding
from billing.statement import queries
from billing.statement import services as statement_services
from billing.statement.events import MonthClosingStarted, StatementApproved
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.auth import queries as people
from coopcircuits.auth.models import User
from coopcircuits.events import Event, subscriber
from coopcircuits.period import Month
from shops.enterprise import queries as enterprises
from shops.permissions import GRANTS, Permission


@subscriber(MonthClosingStarted)
def finish_closing(session: Session, event: Event) -> None:
    """Write the statements of a month, unless whoever started has done it."""
    statement_services.write_statements(session, period=event.payload["period"], actor=SYSTEM)


@subscriber(StatementApproved)
def mail_statement(session: Session, event: Event) -> None:
    """Tell the shop what it contributes; silent if the approval was undone in the meantime."""
    payload = event.payload
    statement = queries.statement_of(session, enterprise_id=payload["enterprise_id"], period=payload["period"])
    if not statement.is_approved:
        return
    for person in _accountants(session, statement.enterprise_id):
        emails.statement_ready(session, statement=statement, person=person, event_id=event.id)


@subscriber(QuestionAsked)
def mail_question(session: Session, event: Event) -> None:
    """Tell those who work for the cooperative what a shop asks."""
    message, statement = questions.message_of(session, event.payload["message_id"])
    shop = enterprises.by_id(session, statement.enterprise_id)
    asker = queries.names_of(session, [message.written_by]).get(message.written_by, shop.name)
    for person in people.cooperative_people(session):
        question_emails.question_asked(
            session, message=message, statement=statement, shop=shop, asker=asker, person=person
        )


@subscriber(QuestionAnswered)
def mail_answer(session: Session, event: Event) -> None:
    """Tell the shop what the cooperative wrote."""
    message, statement = questions.message_of(session, event.payload["message_id"])
    shop = enterprises.by_id(session, statement.enterprise_id)
    for person in _accountants(session, shop.id):
        question_emails.question_answered(session, message=message, statement=statement, shop=shop, person=person)


@subscriber(StarterEnding)
def mail_starter_ending(session: Session, event: Event) -> None:
    """Tell a starting shop until when it gives nothing, and what follows."""
    choice = starters.scheme_with_shop(session, event.payload["scheme_id"])
    stand = starters.countdown(session, choice)
    terms = schemes.terms_for(session, Month.of(clock.now(), choice.enterprise.zone))
    for person in _accountants(session, choice.enterprise_id):
        starter_emails.starter_ending(session, choice=choice, stand=stand, rate_bp=terms.starter_rate_bp, person=person)


def _accountants(session: Session, enterprise_id: int) -> Iterator[User]:
    """Those who get a shop's mails and may see its accounts."""
    for member in enterprises.notified_people(session, enterprise_id=enterprise_id):
        if Permission.VIEW_ACCOUNTS in GRANTS[member.role] and member.user.disabled_at is None:
            yield member.user
