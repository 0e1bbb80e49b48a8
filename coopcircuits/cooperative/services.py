"""Set the instance up."""

from sqlalchemy.orm import Session

from coopcircuits import clock, tax
from coopcircuits.cooperative import queries
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class AlreadySetUp(DomainError):
    """The instance has its cooperative."""

    code = "already-set-up"
    message = N_("This instance has already been set up.")


def set_up(session: Session, *, name: str, country: str, currency: str, zone: str, email: str) -> Cooperative:
    """Say who runs this instance and enter the tax rates of its country; once only."""
    if queries.cooperative(session) is not None:
        raise AlreadySetUp
    cooperative = Cooperative(
        name=name, country=country, currency=currency, zone=zone, email=email, created_at=clock.now()
    )
    session.add(cooperative)
    tax.enter_rates(session, country=country)
    session.flush()
    return cooperative
