"""What pages say of the books."""

from datetime import date

from billing.ledger import chart, fec
from billing.ledger.models import ClosingKind, Journal, LedgerClosing
from coopcircuits.i18n import gettext, lazy
from coopcircuits.templating import month_text, short_date

JOURNALS = {
    Journal.SALES: lazy("Sales"),
    Journal.BANK: lazy("Bank"),
    Journal.CASH: lazy("Till"),
    Journal.OTHER: lazy("Other entries"),
}
KINDS = {ClosingKind.DAY: lazy("Day"), ClosingKind.MONTH: lazy("Month"), ClosingKind.YEAR: lazy("Year")}


def entry_name(journal: Journal, number: int) -> str:
    """ "VE 12", as accountants write it."""
    return f"{journal.value}\u00a0{number}"


def account_name(number: str, day: date) -> str:
    """The name of an account in the books' language."""
    return chart.account_name(number, day)


def shop_account(shop_id: int) -> str:
    """The number of a shop's account."""
    return fec.auxiliary(shop_id)


def closed_period(closing: LedgerClosing) -> str:
    """ "05/11/2026", "novembre 2026", "2026"."""
    if closing.kind is ClosingKind.DAY:
        return short_date(date.fromisoformat(closing.period))
    return month_text(closing.period) if closing.kind is ClosingKind.MONTH else closing.period


def standing(owed: int) -> str:
    """What an account's balance means for the shop, without its amount."""
    if owed > 0:
        return gettext("Still to pay")
    return gettext("In credit") if owed < 0 else gettext("Nothing to pay")
