"""What is left in the till, and how long it lasts, in words."""

from decimal import Decimal
from typing import Any

from billing.commons.words import amount_text
from billing.treasury.runway import Position
from coopcircuits.i18n import gettext, ngettext
from coopcircuits.templating import money_text, number_text

#: Where a figure is not known.
_UNKNOWN = "–"


def runway_text(tenths: int | None) -> str:
    """How long cash lasts, from tenths of a month."""
    return _UNKNOWN if tenths is None else gettext("%(count)s months", count=number_text(in_months(tenths)))


def in_months(tenths: int | None) -> Decimal | None:
    """The same as a number."""
    return None if tenths is None else Decimal(tenths).scaleb(-1)


def arithmetic(position: Position, currency: str) -> str:
    """How long the cash of a month lasts, computed before the reader's eyes."""
    if position.runway is None:
        return gettext("No money was spent yet, so nobody can say how long it lasts.")
    if position.cash < 0:
        return gettext("The accounts are overdrawn: nothing is left to last.")
    return ngettext(
        "%(cash)s ÷ %(mean)s a month (%(num)s month) = %(runway)s",
        "%(cash)s ÷ %(mean)s a month (mean of %(num)s months) = %(runway)s",
        len(position.months),
        cash=amount_text(position.cash, currency),
        mean=money_text(position.a_month, currency),
        runway=runway_text(position.runway),
    )


def balance_of(payload: dict[str, Any]) -> tuple[int | None, int | None]:
    """What a report says of it: cash in minor units, tenths of a month; nothing where it does not say."""
    told = payload.get("balance", {})
    return told.get("cash_end"), told.get("runway_months_tenths")
