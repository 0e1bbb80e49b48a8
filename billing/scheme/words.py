"""Schemes in words."""

from billing.scheme.contribution import Scheme, Terms
from billing.scheme.models import SchemeKind
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text, rate_text


def scheme_name(kind: SchemeKind, rate_bp: int | None = None) -> str:
    """What a scheme is called beside a figure; with its rate where it is one month's."""
    match kind:
        case SchemeKind.PERCENT:
            share = gettext("Share of online sales")
            return share if rate_bp is None else gettext("%(rate)s of online sales", rate=rate_text(rate_bp))
        case SchemeKind.VOLUNTARY:
            return gettext("Amount of the shop’s choice")
        case SchemeKind.EXEMPT:
            return gettext("Exempt from contributing")


def scheme_in_short(kind: SchemeKind, rate_bp: int) -> str:
    """One or two words, for a table: "1 %", "chosen", "exempt"."""
    match kind:
        case SchemeKind.PERCENT:
            return rate_text(rate_bp)
        case SchemeKind.VOLUNTARY:
            return gettext("chosen")
        case SchemeKind.EXEMPT:
            return gettext("exempt")


def scheme_words(scheme: Scheme, terms: Terms, currency: str) -> str:
    """A shop's scheme with its figures: "1 % of online sales", "15.00 € a month"."""
    match scheme.kind:
        case SchemeKind.PERCENT:
            return scheme_name(scheme.kind, terms.rate_bp)
        case SchemeKind.VOLUNTARY:
            return gettext("%(amount)s a month, of the shop’s choice", amount=money_text(scheme.amount, currency))
        case SchemeKind.EXEMPT:
            return gettext("Exempt: %(reason)s", reason=scheme.reason)
