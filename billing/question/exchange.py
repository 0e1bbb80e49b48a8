"""The exchange about a statement as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.question import queries
from billing.statement import queries as statements
from billing.statement.models import Statement
from coopcircuits import clock
from coopcircuits.i18n import gettext
from coopcircuits.templating import short_moment


@dataclass(frozen=True)
class Turn:
    """What one side wrote."""

    who: str
    when: str
    iso: str
    text: str
    from_cooperative: bool


@dataclass(frozen=True)
class Exchange:
    """All that was said. ``last_day``: until when the shop may write, once it is known; ``days``: how many it gets."""

    turns: Sequence[Turn]
    is_waiting: bool
    is_open: bool
    last_day: date | None
    days: int


def exchange_of(session: Session, statement: Statement, *, names: bool) -> Exchange:
    """The exchange about a statement, its shop loaded. ``names``: the people of the cooperative by their names."""
    zone = statement.enterprise.zone
    question = queries.question_of(session, statement.id)
    messages = question.messages if question else []
    people = statements.names_of(session, {each.written_by for each in messages})
    last = queries.last_day(session, statement, zone=zone)
    return Exchange(
        turns=[
            Turn(
                who=gettext("The cooperative")
                if each.from_cooperative and not names
                else people.get(each.written_by, statement.enterprise.name),
                when=short_moment(each.written_at, zone),
                iso=each.written_at.isoformat(),
                text=each.text,
                from_cooperative=each.from_cooperative,
            )
            for each in messages
        ],
        is_waiting=question is not None and question.waiting_since is not None,
        is_open=last is None or clock.local_date(clock.now(), zone) <= last,
        last_day=last,
        days=queries.days_of(session, statement),
    )
