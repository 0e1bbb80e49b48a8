"""Set the instance up."""

from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock, tax
from coopcircuits.cooperative import countries, queries
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.document import mentions
from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class AlreadySetUp(DomainError):
    """The instance has its cooperative."""

    code = "already-set-up"
    message = N_("This instance has already been set up.")


def set_up(session: Session, *, name: str, country: str, currency: str, zone: str, email: str) -> Cooperative:
    """Say who runs this instance and enter the tax rates of its country; once only.

    An empty ``currency`` or ``zone`` means the usual one of the country.
    """
    if queries.cooperative(session) is not None:
        raise AlreadySetUp
    zone = zone or countries.usual_zone(country)
    if zone not in available_timezones():
        raise InvalidInput(N_("Choose a time zone of the list."), field="zone")
    cooperative = Cooperative(
        name=name,
        country=country,
        currency=currency or countries.usual_currency(country),
        zone=zone,
        email=email,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(cooperative)
    except IntegrityError:
        raise AlreadySetUp from None  # somebody else was quicker
    tax.enter_rates(session, country=country)
    mentions.enter_mentions(session, country=country)
    session.flush()
    return cooperative
