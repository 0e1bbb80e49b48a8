"""What was done to a cost, in words."""

from sqlalchemy.orm import Session

from billing.cost import queries
from billing.cost.models import Cost
from billing.statement.history import Entry, entries_of
from coopcircuits.events import Event
from coopcircuits.i18n import gettext
from coopcircuits.site import site
from coopcircuits.templating import money_text, month_text


def history_of(session: Session, cost: Cost) -> list[Entry]:
    """Everything that happened, the latest first."""
    return entries_of(session, queries.happenings(session, cost.id), _what)


def _what(event: Event) -> str:
    told = event.payload
    match event.name:
        case "CostCorrected":
            return gettext(
                "Corrected: %(before)s in %(month_before)s became %(after)s in %(month)s",
                before=money_text(told["amount_before"], site().currency),
                month_before=month_text(told["period_before"]),
                after=money_text(told["amount"], site().currency),
                month=month_text(told["period"]),
            )
        case "ReceiptAttached":
            return gettext("Receipt kept")
        case "ReceiptDetached":
            return gettext("Receipt taken away")
        case _:
            return gettext("Registered: %(amount)s", amount=money_text(told["amount"], site().currency))
