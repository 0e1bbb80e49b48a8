"""A sister's proposal is told to the cooperative."""

from sqlalchemy.orm import Session

from billing.sharing_key import emails
from billing.sharing_key.events import SharingKeyProposed
from coopcircuits.auth import queries as people
from coopcircuits.events import Event, subscriber


@subscriber(SharingKeyProposed)
def mail_proposal(session: Session, event: Event) -> None:
    """Ours is no news."""
    if event.payload["is_ours"]:
        return
    for person in people.cooperative_people(session):
        emails.key_proposed(session, digest=event.payload["digest"], host=event.payload["host"], person=person)
