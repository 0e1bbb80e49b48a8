"""What was found in a bank statement, in words."""

from billing.bank_import.matching import Match, Why
from billing.bank_import.models import BankLineState
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text


def why_text(why: Why) -> str:
    """What a line was recognised by."""
    return {
        Why.REFERENCE: gettext("Number of the invoice in the text"),
        Why.ACCOUNT: gettext("Account of the shop, amount of its invoice"),
        Why.NAME: gettext("Name of the shop, amount of its invoice"),
        Why.DEBIT: gettext("Direct debit that was asked for"),
        Why.RETURNED: gettext("Direct debit that came back"),
        Why.NOTHING: gettext("Not recognised: to be placed by hand"),
        Why.KNOWN: gettext("Read before: left out"),
        Why.OUTGOING: gettext("Money that left: left out"),
        Why.CURRENCY: gettext("Another currency: left out"),
    }[why]


def why_tone(why: Why) -> str:
    """The tone of its badge."""
    if why in (Why.REFERENCE, Why.ACCOUNT, Why.NAME, Why.DEBIT):
        return "success"
    return {Why.NOTHING: "warning", Why.RETURNED: "danger"}.get(why, "quiet")


def short_text(match: Match) -> str:
    """What an invoice still asks for afterwards, or what was paid too much; empty when it fits to the cent."""
    currency = match.movement.currency
    if match.short > 0:
        return gettext("%(amount)s will be missing and stays open.", amount=money_text(match.short, currency))
    if match.short < 0:
        return gettext(
            "%(amount)s too much: kept for the shop’s next invoice.", amount=money_text(-match.short, currency)
        )
    return ""


def line_state(state: BankLineState) -> tuple[str, str]:
    """How a line stands, and the tone of its badge."""
    return {
        BankLineState.RECORDED: (gettext("Recorded"), "success"),
        BankLineState.WAITING: (gettext("To be placed"), "warning"),
        BankLineState.SET_ASIDE: (gettext("Left out"), "quiet"),
    }[state]
