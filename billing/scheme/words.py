"""Schemes in words."""

from billing.scheme.contribution import Scheme, Terms
from billing.scheme.models import SchemeKind
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text, month_text, rate_text


def scheme_name(kind: SchemeKind, rate_bp: int | None = None) -> str:
    """What a scheme is called beside a figure; with its rate where it is one month's."""
    match kind:
        case SchemeKind.PERCENT:
            share = gettext("Share of online sales")
            return share if rate_bp is None else gettext("%(rate)s of online sales", rate=rate_text(rate_bp))
        case SchemeKind.VOLUNTARY:
            return gettext("Amount of the shop’s choice")
        case SchemeKind.MARGIN:
            share = gettext("Share of the margin")
            return share if rate_bp is None else gettext("%(rate)s of the margin", rate=rate_text(rate_bp))
        case SchemeKind.STARTER:
            return gettext("Starting shop")
        case SchemeKind.EXEMPT:
            return gettext("Exempt from contributing")


def scheme_in_short(kind: SchemeKind, rate_bp: int) -> str:
    """One or two words, for a table: "1 %", "chosen", "exempt"."""
    match kind:
        case SchemeKind.PERCENT:
            return rate_text(rate_bp)
        case SchemeKind.VOLUNTARY:
            return gettext("chosen")
        case SchemeKind.MARGIN:
            return gettext("margin")
        case SchemeKind.STARTER:
            return gettext("start")
        case SchemeKind.EXEMPT:
            return gettext("exempt")


def scheme_words(scheme: Scheme, terms: Terms, currency: str) -> str:
    """A shop's scheme with its figures: "1 % of online sales", "15.00 € a month"."""
    match scheme.kind:
        case SchemeKind.PERCENT:
            return scheme_name(scheme.kind, terms.rate_bp)
        case SchemeKind.VOLUNTARY:
            return gettext("%(amount)s a month, of the shop’s choice", amount=money_text(scheme.amount, currency))
        case SchemeKind.MARGIN:
            return scheme_name(scheme.kind, terms.margin_rate_bp)
        case SchemeKind.STARTER:
            return gettext(
                "%(free)s, then %(rate)s of online sales",
                free=free_words(scheme, currency),
                rate=rate_text(terms.starter_rate_bp),
            )
        case SchemeKind.EXEMPT:
            return gettext("Exempt: %(reason)s", reason=scheme.reason)


def free_words(scheme: Scheme, currency: str) -> str:
    """Until when a starting shop gives nothing: "Free until October 2027 or until 20,000.00 € are sold"."""
    until = month_text(scheme.free_until or scheme.since)
    if not scheme.free_turnover:
        return gettext("Free through %(month)s", month=until)
    return gettext(
        "Free through %(month)s, or until %(amount)s are sold",
        month=until,
        amount=money_text(scheme.free_turnover, currency),
    )
