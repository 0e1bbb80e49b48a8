"""Decide the rates, choose a scheme: always from next month on, so that a month under way keeps its rules."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.scheme import queries
from billing.scheme.contribution import Terms
from billing.scheme.events import SchemeChosen, TermsDecided
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
    session.add(ContributionTerms(valid_from=ALWAYS, decided_by=actor.label, decided_at=clock.now(), **usual._asdict()))
    session.flush()


def set_terms(session: Session, *, actor: Actor, terms: Terms, valid_from: Month) -> ContributionTerms:
    """Decide the cooperative's terms from a month on; a decision for the same month is replaced.

    Raises :class:`NotAllowed` for others than the cooperative, :class:`InvalidInput` for a month that has begun.
    """
    if not actor.is_cooperative:
        raise NotAllowed
    home = cooperative.cooperative(session)
    _refuse_begun(valid_from, home.zone if home else "UTC")
    refuse_crossed_bounds(terms)
    enter_usual_terms(session, actor=actor, month=valid_from)
    decided = session.scalar(select(ContributionTerms).where(ContributionTerms.valid_from == str(valid_from)))
    if decided is None:
        decided = ContributionTerms(valid_from=str(valid_from))
        session.add(decided)
    for name, value in terms._asdict().items():
        setattr(decided, name, value)
    decided.decided_by, decided.decided_at = actor.label, clock.now()
    session.flush()
    fact = TermsDecided(terms_id=decided.id, valid_from=decided.valid_from, terms=terms._asdict())
    events.record(session, fact, actor=actor)
    return decided


def refuse_crossed_bounds(terms: Terms) -> None:
    """Raise :class:`InvalidInput` where a cap lies below the minimum."""
    if terms.cap and terms.cap < terms.minimum:
        raise InvalidInput(N_("The most that is asked cannot be less than the least."), field="cap")


def choose_scheme(
    session: Session,
    *,
    actor: Actor,
    enterprise_id: int,
    kind: SchemeKind,
    amount: int = 0,
    reason: str = "",
    free_until: Month | None = None,
    free_turnover: int | None = None,
    valid_from: Month,
) -> ContributionScheme:
    """Choose a shop's scheme from a month on; ``amount`` (minor units, ex tax) is for ``voluntary``, zero is valid.

    ``starter`` is free through ``free_until`` or until ``free_turnover`` (minor units ex tax, 0: no limit) is sold; the
    terms say both where they are left out, and only the cooperative may say otherwise. A second choice for the same
    month replaces the first. Only the cooperative exempts, and says why; a shop starts once. Raises
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
    if kind is SchemeKind.STARTER:
        free_until, free_turnover = _start(session, actor, shop.id, valid_from, free_until, free_turnover)
    else:
        free_until, free_turnover = None, 0
    choice = session.scalar(
        select(ContributionScheme).where(
            ContributionScheme.enterprise_id == enterprise_id, ContributionScheme.valid_from == str(valid_from)
        )
    )
    if choice is None:
        choice = ContributionScheme(enterprise_id=enterprise_id, valid_from=str(valid_from))
        session.add(choice)
    choice.kind, choice.amount = kind, amount if kind is SchemeKind.VOLUNTARY else 0
    choice.free_until, choice.free_turnover = str(free_until) if free_until else None, free_turnover
    choice.reason, choice.chosen_by, choice.chosen_at = reason.strip(), actor.label, clock.now()
    choice.end_told_at = None
    session.flush()
    chosen = SchemeChosen(
        enterprise_id=enterprise_id,
        kind=kind,
        amount=choice.amount,
        valid_from=choice.valid_from,
        free_until=choice.free_until,
        free_turnover=choice.free_turnover,
    )
    events.record(session, chosen, actor=actor)
    return choice


def _start(
    session: Session,
    actor: Actor,
    shop_id: int,
    valid_from: Month,
    free_until: Month | None,
    free_turnover: int | None,
) -> tuple[Month, int]:
    """What a starting shop is promised; raises as :func:`choose_scheme`."""
    terms = queries.terms_for(session, valid_from)
    usual = (valid_from.plus(terms.starter_months - 1), terms.starter_turnover)
    promised = (free_until or usual[0], usual[1] if free_turnover is None else free_turnover)
    if not actor.is_cooperative:
        if promised != usual:
            raise NotAllowed
        if queries.has_started(session, enterprise_id=shop_id, before=valid_from):
            raise InvalidInput(N_("A shop starts once: this scheme is for its first time here."), field="kind")
    if promised[0] < valid_from or promised[1] < 0:
        raise InvalidInput(N_("The free time ends before it begins."), field="free_until")
    return promised


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
