"""Tell starting shops that their free time ends."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.scheme.models import ContributionScheme
from billing.starter.events import StarterEnding
from coopcircuits import clock, events
from coopcircuits.actor import Actor


def announce_end(session: Session, *, actor: Actor, scheme_id: int) -> bool:
    """Note that a shop is told of the end of its free time; once, whoever asks. Returns whether it was now."""
    choice = session.scalars(
        select(ContributionScheme).where(ContributionScheme.id == scheme_id).with_for_update()
    ).one_or_none()
    if choice is None or choice.end_told_at is not None:
        return False
    choice.end_told_at = clock.now()
    events.record(session, StarterEnding(enterprise_id=choice.enterprise_id, scheme_id=choice.id), actor=actor)
    return True
