"""One month under each scheme, side by side, with the arithmetic written out."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from billing.purchase.queries import declared
from billing.scheme import queries
from billing.scheme.contribution import Applied, MonthSold, Scheme, Terms, apply, tax_rate, with_tax
from billing.scheme.models import SchemeKind, VatTreatment
from billing.scheme.words import free_words
from billing.statement.models import Statement
from coopcircuits.i18n import gettext
from coopcircuits.money import rounded
from coopcircuits.period import Month
from coopcircuits.templating import money_text, rate_text


@dataclass(frozen=True)
class Option:
    """What the month so far gives under one scheme: lines of (label, amount in words), the last one what is owed.

    ``total`` (minor units, tax included) is nothing where the shop alone says it; ``note`` says what figures cannot.
    """

    kind: SchemeKind
    is_current: bool
    lines: Sequence[tuple[str, str]] = ()
    total: int | None = None
    note: str = ""


def choosable(session: Session, *, enterprise_id: int, month: Month) -> list[SchemeKind]:
    """The schemes that a shop may choose for itself from ``month`` on."""
    kinds = [SchemeKind.PERCENT, SchemeKind.VOLUNTARY, SchemeKind.MARGIN]
    if queries.terms_for(session, month).starter_months and not queries.has_started(
        session, enterprise_id=enterprise_id, before=month
    ):
        kinds.append(SchemeKind.STARTER)
    return kinds


def compare(session: Session, now: Statement) -> list[Option]:
    """The month so far as it is, and as it would be under every other scheme open to the shop."""
    month, shop_id = Month.parse(now.period), now.enterprise_id
    terms = queries.terms_for(session, month)
    kinds = choosable(session, enterprise_id=shop_id, month=month)
    if now.scheme not in kinds:
        kinds.append(now.scheme)
    purchases = declared(session, now.period, [shop_id]).get(shop_id)
    return [_option(kind, now, terms, purchases) for kind in kinds]


def _option(kind: SchemeKind, now: Statement, terms: Terms, purchases: int | None) -> Option:
    is_current = kind is now.scheme
    if kind is SchemeKind.VOLUNTARY and not is_current:
        nothing = money_text(0, now.currency)
        return Option(kind, False, note=gettext("What you decide each month, from %(nothing)s.", nothing=nothing))
    if is_current:
        applied = Applied(now.rated, now.rate_bp, now.minimum, now.cap, now.computed, now.vat)
        lines, total = _lines(kind, applied, now, terms, purchases)
        return Option(kind, True, lines, total)
    scheme = _imagined(kind, now.period, terms)
    applied = apply(scheme, terms, MonthSold(now.period, now.base, purchases if kind is SchemeKind.MARGIN else None))
    lines, total = _lines(kind, applied, now, terms, purchases)
    return Option(kind, False, lines, total, _note(scheme, terms, now.currency, purchases))


def _imagined(kind: SchemeKind, period: str, terms: Terms) -> Scheme:
    """The scheme as it would be had it begun with the month."""
    if kind is not SchemeKind.STARTER:
        return Scheme(kind)
    until = str(Month.parse(period).plus(terms.starter_months - 1))
    return Scheme(kind, since=period, free_until=until, free_turnover=terms.starter_turnover)


def _note(scheme: Scheme, terms: Terms, currency: str, purchases: int | None) -> str:
    if scheme.kind is SchemeKind.MARGIN and purchases is None:
        return gettext(
            "%(rate)s of what you sold less what you paid for it. Without your purchases of the month, it is counted "
            "as a share of online sales.",
            rate=rate_text(terms.margin_rate_bp),
        )
    if scheme.kind is SchemeKind.STARTER:
        return gettext(
            "%(free)s, then %(rate)s of online sales. A shop starts once.",
            free=free_words(scheme, currency),
            rate=rate_text(terms.starter_rate_bp),
        )
    return ""


def _lines(
    kind: SchemeKind, applied: Applied, now: Statement, terms: Terms, purchases: int | None
) -> tuple[list[tuple[str, str]], int]:
    rate = tax_rate(applied.vat, terms)
    owed = with_tax(applied.computed, rate)
    lines = [] if kind in (SchemeKind.VOLUNTARY, SchemeKind.EXEMPT) else _rated(kind, applied, now, purchases)
    if kind is SchemeKind.VOLUNTARY:
        lines.append((gettext("Your amount"), applied.computed))
    if applied.vat is VatTreatment.TAXABLE:
        lines.append((gettext("Tax, %(rate)s", rate=rate_text(rate)), owed.tax))
    lines.append((gettext("You give") if kind is now.scheme else gettext("You would give"), owed.gross))
    return [(label, money_text(amount, now.currency)) for label, amount in lines], owed.gross


def _rated(kind: SchemeKind, applied: Applied, now: Statement, purchases: int | None) -> list[tuple[str, int]]:
    lines = [(gettext("Sold online so far, before tax"), now.base)]
    if kind is SchemeKind.MARGIN and purchases is not None:
        lines.append((gettext("Less your purchases"), -purchases))
        lines.append((gettext("Margin"), applied.rated))
    elif kind is SchemeKind.STARTER:
        lines.append((gettext("Free while you start"), applied.rated - now.base))
    by_rate = rounded(Fraction(applied.rated * applied.rate_bp, 10_000))
    amount = money_text(applied.rated, now.currency)
    lines.append((gettext("%(rate)s of %(amount)s", rate=rate_text(applied.rate_bp), amount=amount), by_rate))
    if applied.computed > by_rate:
        lines.append((gettext("The least that is asked"), applied.computed))
    elif applied.computed < by_rate:
        lines.append((gettext("The most that is asked"), applied.computed))
    return lines
