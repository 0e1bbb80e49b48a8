"""The mail that tells the cooperative what a sister said in a dispute of ours."""

from sqlalchemy.orm import Session

from billing.dispute.cases import Case
from billing.dispute.models import DisputeDocument
from billing.dispute.words import said_text
from coopcircuits import i18n
from coopcircuits.auth.models import User
from coopcircuits.i18n import N_
from coopcircuits.links import link_to
from coopcircuits.mail import services as mail
from coopcircuits.templating import month_text


def dispute_moved(session: Session, *, case: Case, document: DisputeDocument, person: User) -> None:
    """One mail for one document and person."""
    dispute = case.dispute
    with i18n.speaking(person.language):
        done = said_text(document.act, document.verdict, by_issuer=document.instance == dispute.issuer)
        figure, month = case.figure, month_text(dispute.period)
    mail.queue(
        session,
        key=f"dispute:{document.id}:{person.id}",
        to=person.email,
        language=person.language,
        template="billing/mail/dispute_moved",
        subject=N_("A dispute between instances: %(instance)s"),
        name=person.name,
        instance=document.instance,
        done=done,
        figure=figure,
        month=month,
        message=document.reason,
        link=link_to("dispute.show", digest=dispute.digest),
    )
