"""What we publish is told to our sisters."""

from sqlalchemy.orm import Session

from billing.allocation.events import SharingKeyAdopted
from billing.commons.events import ReportPublished
from billing.dispute.events import DisputeMoved
from billing.notice import services
from billing.peer.events import PeerEquivocated
from billing.sharing_key.events import SharingKeyProposed
from coopcircuits.events import Event, subscriber


@subscriber(ReportPublished, SharingKeyProposed, SharingKeyAdopted, DisputeMoved)
def tell_sisters(session: Session, event: Event) -> None:
    """A notice for each sister; not of what came from one of them."""
    if event.payload.get("is_ours", True):
        services.tell_sisters(session, digest=event.payload["digest"])


@subscriber(PeerEquivocated)
def tell_of_two_faces(session: Session, event: Event) -> None:
    """Whoever asks us then reads both faces in what we have seen."""
    services.tell_sisters(session, digest=event.payload["digests"][0])
