"""Mails that alarm the cooperative about reports that contradict each other."""

from sqlalchemy.orm import Session

from billing.peer.models import Peer
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.templating import month_text


def two_faces(session: Session, *, peer: Peer, period: str, person: User, event_id: int) -> None:
    """A sister contradicts itself."""
    _alarm(
        session,
        "two_faces",
        N_("%(sister)s published two different reports, %(month)s"),
        peer,
        period,
        person,
        event_id,
    )


def own_report(session: Session, *, peer: Peer, period: str, person: User, event_id: int) -> None:
    """Somebody else may sign in our name."""
    _alarm(
        session,
        "own_report",
        N_("A report in our name that we never published, %(month)s"),
        peer,
        period,
        person,
        event_id,
    )


def _alarm(session: Session, template: str, subject: str, peer: Peer, period: str, person: User, event_id: int) -> None:
    with i18n.speaking(person.language):
        month = month_text(period)
    mail.queue(
        session,
        key=f"{template}:{event_id}:{person.id}",
        to=person.email,
        language=person.language,
        template=f"billing/mail/{template}",
        subject=subject,
        name=person.name,
        sister=peer.name,
        month=month,
        link=link_to("peer.show", peer_id=peer.id),
    )
