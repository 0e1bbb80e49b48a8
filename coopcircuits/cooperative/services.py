"""Set the instance up, and say what the law wants on its documents."""

from dataclasses import dataclass, fields
from datetime import date
from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock, events, tax
from coopcircuits.actor import Actor
from coopcircuits.cooperative import countries, queries
from coopcircuits.cooperative.events import IdentityChanged, MentionEntered
from coopcircuits.cooperative.models import Cooperative, VatRegime
from coopcircuits.document import mentions
from coopcircuits.document.models import LegalMention, MentionKind
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


@dataclass(frozen=True)
class Identity:
    """The cooperative as its documents show it; columns of :class:`Cooperative` by the same names."""

    name: str
    email: str
    street: str
    postcode: str
    city: str
    legal_form: str
    capital: int | None
    siret: str
    register: str
    vat_regime: VatRegime
    vat_number: str
    vat_on_debits: bool
    iban: str
    bic: str
    creditor_id: str
    payment_days: int

    @classmethod
    def of(cls, cooperative: Cooperative) -> "Identity":
        return cls(**{field.name: getattr(cooperative, field.name) for field in fields(cls)})


def save_identity(session: Session, *, actor: Actor, identity: Identity) -> Cooperative:
    """Write down who the cooperative is; documents issued before keep what they said.

    Numbers are checked by the form. Raises :class:`InvalidInput` naming the field, :class:`NotFound` before set-up.
    """
    cooperative = queries.lock_cooperative(session)
    if identity.vat_regime is VatRegime.SMALL_BUSINESS and identity.vat_on_debits:
        raise InvalidInput(N_("Who charges no VAT cannot choose when to pay it."), field="vat_on_debits")
    if not 0 <= identity.payment_days <= 60:
        raise InvalidInput(N_("At most 60 days, by law."), field="payment_days")
    changed = [name for name, value in vars(identity).items() if getattr(cooperative, name) != value]
    for name in changed:
        setattr(cooperative, name, getattr(identity, name))
    if changed:
        fact = IdentityChanged(cooperative_id=cooperative.id, fields=changed)
        events.record(session, fact, actor=actor)
    session.flush()
    return cooperative


def enter_mention(
    session: Session, *, actor: Actor, kind: MentionKind, text: str, source: str, valid_from: date
) -> LegalMention:
    """Let a sentence of the law hold from a day on, until the next one already known.

    Documents issued before keep theirs. Raises :class:`InvalidInput` for a day that has passed.
    """
    cooperative = queries.lock_cooperative(session)
    if valid_from < clock.local_date(clock.now(), cooperative.zone):
        raise InvalidInput(N_("Documents of days gone by are issued already: from today on."), field="valid_from")
    known = [row for row in mentions.all_mentions(session, country=cooperative.country) if row.kind is kind]
    later = [row.valid_from for row in known if row.valid_from > valid_from]
    mention = next((row for row in known if row.valid_from == valid_from), None)
    if mention is None:
        mention = LegalMention(country=cooperative.country, kind=kind, valid_from=valid_from)
        session.add(mention)
        for row in known:
            if row.valid_from < valid_from and (row.valid_to is None or row.valid_to > valid_from):
                row.valid_to = valid_from
    mention.text, mention.source, mention.valid_to = text.strip(), source.strip(), min(later, default=None)
    session.flush()
    fact = MentionEntered(mention_id=mention.id, kind=kind, valid_from=valid_from.isoformat())
    events.record(session, fact, actor=actor)
    return mention
