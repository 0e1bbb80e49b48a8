"""Who did what to a statement, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.statement import queries
from billing.statement.models import Statement
from coopcircuits.events import Event
from coopcircuits.i18n import gettext
from coopcircuits.site import site
from coopcircuits.templating import money_text, short_moment


@dataclass(frozen=True)
class Entry:
    """One line of a timeline, in the reader's language."""

    what: str
    who: str
    when: str
    iso: str
    why: str = ""


def entries_of(session: Session, happened: Sequence[Event], say: Callable[[Event], str]) -> list[Entry]:
    """What the cooperative did to something, in the order given, with its people's names and reasons."""
    people = queries.names_of(session, {event.actor for event in happened})
    return [
        Entry(
            say(event),
            people.get(event.actor) or gettext("Command line"),
            short_moment(event.at, site().zone),
            event.at.isoformat(),
            event.payload.get("reason", ""),
        )
        for event in happened
    ]


def history_of(session: Session, statement: Statement, *, names: bool) -> list[Entry]:
    """Everything that happened, the latest first: one line for each version of the statement, then the closing.

    ``names``: with the people's names, else the cooperative's or the shop's part.
    """
    happenings: list[tuple[datetime, str, str, str]] = []
    if closing := queries.closing_of(session, statement.period):
        happenings.append((statement.closed_at, closing.started_by, gettext("Month closed"), ""))
    reasons = {item.id: item.reason for item in statement.adjustments}
    asked = set()
    for event in queries.decisions(session, statement_id=statement.id):
        if what := _decision(event, statement):
            happenings.append((event.at, event.actor, what, reasons.get(event.payload.get("adjustment_id", 0), "")))
        if event.name == "QuestionAsked":
            asked.add(event.actor)
    labels = {actor for _at, actor, _what, _why in happenings}
    people = queries.names_of(session, labels) if names else dict.fromkeys(asked, statement.enterprise.name)
    return [
        Entry(what, _who(actor, people, names), short_moment(at, statement.enterprise.zone), at.isoformat(), why)
        for at, actor, what, why in reversed(happenings)
    ]


def _decision(event: Event, statement: Statement) -> str:
    """What an event was; nothing for what did not change the statement."""
    if event.name == "StatementAdjusted":
        return gettext("Adjusted by %(amount)s", amount=money_text(event.payload["amount"], statement.currency))
    decided = {
        "StatementApproved": gettext("Approved"),
        "ApprovalUndone": gettext("Approval undone"),
        "StatementInvoiced": gettext("Invoiced"),
        "QuestionAsked": gettext("The shop asked a question"),
        "QuestionAnswered": gettext("The cooperative answered"),
        "QuestionSettled": gettext("Question settled"),
    }
    return decided.get(event.name, "")


def _who(actor: str, people: Mapping[str, str], names: bool) -> str:
    return people.get(actor) or (gettext("Command line") if names and actor == "system" else gettext("The cooperative"))
