"""What follows from disputes: mails to the cooperative."""

from sqlalchemy.orm import Session

from billing.commons.instance import instance_name
from billing.dispute import cases, emails, queries
from billing.dispute.events import DisputeMoved
from coopcircuits.auth import queries as people
from coopcircuits.errors import NotFound
from coopcircuits.events import Event, subscriber
from coopcircuits.site import site


@subscriber(DisputeMoved)
def mail_dispute(session: Session, event: Event) -> None:
    """Tell those who work for the cooperative what a sister says in a dispute of ours."""
    if event.payload["is_ours"]:
        return
    dispute = queries.by_id(session, event.payload["dispute_id"])
    document = queries.held(session, event.payload["digest"])
    if document is None or instance_name() not in (dispute.claimant, dispute.issuer):
        return
    try:
        case = cases.case_of(session, dispute.digest, us=instance_name(), our_name=site().name)
    except NotFound:
        return  # its claim is shown no more, so a mail would lead nowhere
    for person in people.cooperative_people(session):
        emails.dispute_moved(session, case=case, document=document, person=person)
