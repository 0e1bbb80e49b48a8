"""The mail that brings a proposed key of sharing to the cooperative."""

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail


def key_proposed(session: Session, *, digest: str, host: str, person: User) -> None:
    """At most one mail a day for one sister and person, however often it changes its mind."""
    mail.queue(
        session,
        key=f"key-proposed:{host}:{clock.now():%Y-%m-%d}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/key_proposed",
        subject=N_("Sharing the common cost: %(host)s proposes a rule"),
        name=person.name,
        host=host,
        link=link_to("sharing_key.show", digest=digest),
    )
