"""Mails about contributions."""

from sqlalchemy.orm import Session

from billing.statement.models import Statement
from billing.statement.words import calculation, explanation
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.templating import month_text


def statement_ready(session: Session, *, statement: Statement, person: User, event_id: int) -> None:
    """One mail for one approval; ``enterprise`` and ``adjustments`` must be loaded."""
    shop = statement.enterprise
    with i18n.speaking(person.language):
        month, sentences, figures = month_text(statement.period), explanation(statement), calculation(statement)
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
        link=link_to("statement.show", shop=shop.permalink, period=statement.period),
        how_link=link_to("scheme.how"),
    )
