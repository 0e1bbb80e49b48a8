"""Mails that carry a question to the cooperative and its answer to the shop."""

from sqlalchemy.orm import Session

from billing.question import queries
from billing.question.models import Message
from billing.statement.models import Statement
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.templating import day_text, month_text
from shops.enterprise.models import Enterprise


def question_asked(
    session: Session, *, message: Message, statement: Statement, shop: Enterprise, asker: str, person: User
) -> None:
    """The shop's words to somebody of the cooperative."""
    with i18n.speaking(person.language):
        month = month_text(statement.period)
    mail.queue(
        session,
        key=f"question:{message.id}:{person.id}",
        to=person.email,
        language=person.language,
        reply_to=shop.email,
        template="billing/mail/question_asked",
        subject=N_("%(shop)s asks about its statement, %(month)s"),
        name=person.name,
        shop=shop.name,
        asker=asker,
        month=month,
        message=message.text,
        link=link_to("review.statement", shop=shop.permalink, period=statement.period) + "#questions",
    )


def question_answered(
    session: Session, *, message: Message, statement: Statement, shop: Enterprise, person: User
) -> None:
    """The cooperative's words to somebody of the shop, and until when it may write back."""
    until = queries.last_day(session, statement, zone=shop.zone)
    with i18n.speaking(person.language):
        month, last = month_text(statement.period), day_text(until) if until else ""
    mail.queue(
        session,
        key=f"question:{message.id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/question_answered",
        subject=N_("The cooperative’s answer about your statement, %(month)s"),
        name=person.name,
        shop=shop.name,
        month=month,
        message=message.text,
        until=last,
        link=link_to("statement.show", shop=shop.permalink, period=statement.period) + "#questions",
    )
