"""What follows when somebody shows two faces: a mail to the cooperative."""

from sqlalchemy.orm import Session

from billing.peer import emails
from billing.peer.events import OwnReportContradicted, PeerEquivocated
from billing.peer.models import Peer
from coopcircuits.auth import queries as people
from coopcircuits.events import Event, subscriber


@subscriber(PeerEquivocated)
def alarm_two_faces(session: Session, event: Event) -> None:
    """A sister signed two different reports for one month."""
    peer = session.get_one(Peer, event.payload["peer_id"])
    for person in people.cooperative_people(session):
        emails.two_faces(session, peer=peer, period=event.payload["period"], person=person, event_id=event.id)


@subscriber(OwnReportContradicted)
def alarm_own_report(session: Session, event: Event) -> None:
    """A sister holds a report under our signature that we never published."""
    peer = session.get_one(Peer, event.payload["peer_id"])
    for person in people.cooperative_people(session):
        emails.own_report(session, peer=peer, period=event.payload["period"], person=person, event_id=event.id)
