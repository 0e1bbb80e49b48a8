"""Mails about contributions."""

from sqlalchemy.orm import Session

from billing.question import queries as questions
from billing.statement.models import Statement
from billing.statement.words import calculation, explanation
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.templating import day_text, month_text


def statement_ready(session: Session, *, statement: Statement, person: User, event_id: int) -> None:
    """One mail for one approval; ``enterprise`` and ``adjustments`` must be loaded."""
    shop = statement.enterprise
    days, last = questions.days_of(session, statement), questions.last_day(session, statement, zone=shop.zone)
    with i18n.speaking(person.language):
        month, sentences, figures = month_text(statement.period), explanation(statement), calculation(statement)
        deadline = i18n.ngettext(
            "Something looks wrong? You have %(num)s day, until %(day)s, to ask on the page of the statement.",
            "Something looks wrong? You have %(num)s days, until %(day)s, to ask on the page of the statement.",
            days,
            day=day_text(last) if last else "",
        )
    mail.queue(
        session,
        key=f"statement-approved:{event_id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/statement_ready",
        subject=N_("Your contribution for %(month)s"),
        name=person.name,
        shop=shop.name,
        month=month,
        explanation=sentences,
        calculation=figures,
        adjustments=statement.adjustments,
        deadline=deadline,
        link=link_to("statement.show", shop=shop.permalink, period=statement.period),
        how_link=link_to("scheme.how"),
    )
