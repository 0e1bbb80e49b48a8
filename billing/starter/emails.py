"""The mail about the end of a free time."""

from sqlalchemy.orm import Session

from billing.scheme.models import ContributionScheme
from billing.starter.queries import Countdown
from billing.starter.words import end_sentence, then_sentence
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail


def starter_ending(
    session: Session, *, choice: ContributionScheme, stand: Countdown, rate_bp: int, person: User
) -> None:
    """One mail for one person and choice; ``enterprise`` must be loaded."""
    shop = choice.enterprise
    with i18n.speaking(person.language):
        ends, then = end_sentence(stand, shop.currency), then_sentence(rate_bp)
    mail.queue(
        session,
        key=f"starter-ending:{choice.id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/starter_ending",
        subject=N_("Your shop’s free start is coming to its end"),
        name=person.name,
        shop=shop.name,
        ends=ends,
        then=then,
        link=link_to("scheme.contribution", shop=shop.permalink),
    )
