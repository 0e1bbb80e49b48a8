"""Who did what to a statement, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.statement import queries
from billing.statement.models import Statement
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text, short_moment


@dataclass(frozen=True)
class Entry:
    """One line of a timeline, in the reader's language."""

    what: str
    who: str
    when: str
    iso: str
    why: str = ""


def history_of(session: Session, statement: Statement, *, names: bool) -> list[Entry]:
    """Everything that happened, the latest first. ``names``: with the people's names, else the cooperative's part."""
    happenings: list[tuple[datetime, str, str, str]] = []
    if closing := queries.closing_of(session, statement.period):
        happenings.append((statement.closed_at, closing.started_by, gettext("Month closed"), ""))
    for item in statement.adjustments:
        amount = money_text(item.amount, statement.currency)
        happenings.append(
            (item.decided_at, item.decided_by, gettext("Adjusted by %(amount)s", amount=amount), item.reason)
        )
    decided = {"StatementApproved": gettext("Approved"), "ApprovalUndone": gettext("Approval undone")}
    for event in queries.decisions(session, statement_id=statement.id):
        if event.name in decided:
            happenings.append((event.at, event.actor, decided[event.name], ""))
    people = queries.names_of(session, {actor for _at, actor, _what, _why in happenings}) if names else {}
    happenings.sort(key=lambda happening: happening[0], reverse=True)
    return [
        Entry(what, _who(actor, people), short_moment(at, statement.enterprise.zone), at.isoformat(), why)
        for at, actor, what, why in happenings
    ]


def _who(actor: str, people: Mapping[str, str]) -> str:
    return people.get(actor) or (
        gettext("Command line") if people and actor == "system" else gettext("The cooperative")
    )
