"""What was done to a balance, in words."""

from sqlalchemy.orm import Session

from billing.statement.history import Entry, entries_of
from billing.treasury import queries
from billing.treasury.models import CashBalance
from coopcircuits.events import Event
from coopcircuits.i18n import gettext
from coopcircuits.site import site
from coopcircuits.templating import money_text


def history_of(session: Session, balance: CashBalance) -> list[Entry]:
    """Everything that happened, the latest first."""
    return entries_of(session, queries.happenings(session, balance.id), _what)


def _what(event: Event) -> str:
    told, currency = event.payload, site().currency
    after = money_text(told["amount"], currency)
    if event.name == "CashNoted":
        return gettext("Noted: %(amount)s", amount=after)
    if told["amount"] == told["amount_before"]:
        return gettext("Remark changed")
    return gettext(
        "Corrected: %(before)s became %(after)s", before=money_text(told["amount_before"], currency), after=after
    )
