"""Decide the rates, choose a scheme: always from next month on, so that a month under way keeps its rules."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.events import SchemeChosen, TermsDecided
from billing.scheme import queries
from billing.scheme.models import ContributionScheme, ContributionTerms, SchemeKind
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.errors import InvalidInput, NotAllowed
from coopcircuits.i18n import N_
from coopcircuits.period import Month
from shops.enterprise import queries as enterprises

#: First month of the rates that every instance starts with.
ALWAYS = "2000-01"


def enter_usual_terms(session: Session, *, actor: Actor, month: Month) -> None:
    """Write down the usual rates at their first use, so that they are data like every later decision."""
    if session.scalar(select(ContributionTerms.id).limit(1)) is not None:
        return
    usual = queries.usual_terms(session, month)
    session.add(
        ContributionTerms(
            valid_from=ALWAYS,
            rate_bp=usual.rate_bp,
            tax_rate_bp=usual.tax_rate_bp,
            decided_by=actor.label,
            decided_at=clock.now(),
        )
    )
    session.flush()


def set_terms(
    session: Session, *, actor: Actor, rate_bp: int, tax_rate_bp: int, valid_from: Month
) -> ContributionTerms:
    """Decide the cooperative's rates (basis points) from a month on; a decision for the same month is replaced.

    Raises :class:`NotAllowed` for others than the cooperative, :class:`InvalidInput` for a month that has begun.
    """
    if not actor.is_cooperative:
        raise NotAllowed
    home = cooperative.cooperative(session)
    _refuse_begun(valid_from, home.zone if home else "UTC")
    enter_usual_terms(session, actor=actor, month=valid_from)
    terms = session.scalar(select(ContributionTerms).where(ContributionTerms.valid_from == str(valid_from)))
    if terms is None:
        terms = ContributionTerms(valid_from=str(valid_from))
        session.add(terms)
    terms.rate_bp, terms.tax_rate_bp = rate_bp, tax_rate_bp
    terms.decided_by, terms.decided_at = actor.label, clock.now()
    session.flush()
    decided = TermsDecided(terms_id=terms.id, valid_from=terms.valid_from, rate_bp=rate_bp, tax_rate_bp=tax_rate_bp)
    events.record(session, decided, actor=actor)
    return terms


def choose_scheme(
    session: Session,
    *,
    actor: Actor,
    enterprise_id: int,
    kind: SchemeKind,
    amount: int = 0,
    reason: str = "",
    valid_from: Month,
) -> ContributionScheme:
    """Choose a shop's scheme from a month on; ``amount`` (minor units, ex tax) is for ``voluntary``, zero is valid.

    A second choice for the same month replaces the first. Only the cooperative exempts, and says why. Raises
    :class:`NotAllowed`, or :class:`InvalidInput` naming the field.
    """
    shop = enterprises.lock_enterprise(session, enterprise_id)
    _refuse_begun(valid_from, shop.zone)
    if kind is SchemeKind.EXEMPT:
        if not actor.is_cooperative:
            raise NotAllowed(N_("Only the cooperative can exempt a shop."))
        if not reason.strip():
            raise InvalidInput(
                N_("Say why this shop is exempt: the reason is printed on its statements."), field="reason"
            )
    if amount < 0:
        raise InvalidInput(N_("The amount cannot be negative."), field="amount")
    choice = session.scalar(
        select(ContributionScheme).where(
            ContributionScheme.enterprise_id == enterprise_id, ContributionScheme.valid_from == str(valid_from)
        )
    )
    if choice is None:
        choice = ContributionScheme(enterprise_id=enterprise_id, valid_from=str(valid_from))
        session.add(choice)
    choice.kind, choice.amount = kind, amount if kind is SchemeKind.VOLUNTARY else 0
    choice.reason, choice.chosen_by, choice.chosen_at = reason.strip(), actor.label, clock.now()
    session.flush()
    chosen = SchemeChosen(enterprise_id=enterprise_id, kind=kind, amount=choice.amount, valid_from=choice.valid_from)
    events.record(session, chosen, actor=actor)
    return choice


def next_month(zone: str) -> Month:
    """The first month that a choice made now can rule."""
    return Month.of(clock.now(), zone).plus(1)


def _refuse_begun(valid_from: Month, zone: str) -> None:
    if valid_from < next_month(zone):
        raise InvalidInput(
            N_("A change takes effect next month at the earliest: %(period)s."),
            field="valid_from",
            period=str(next_month(zone)),
        )
