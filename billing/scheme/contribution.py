"""What a scheme gives for a month: the arithmetic, without a database."""

from fractions import Fraction
from typing import NamedTuple

from billing.scheme.models import SchemeKind, VatTreatment
from coopcircuits.money import TaxedMoney, rounded


class Scheme(NamedTuple):
    """A shop's scheme in one month; ``amount`` (minor units, ex tax) is for ``voluntary``.

    ``since``, ``free_until`` (months) and ``free_turnover`` (0: no limit) are for ``starter``.
    """

    kind: SchemeKind
    amount: int = 0
    reason: str = ""
    since: str = ""
    free_until: str | None = None
    free_turnover: int = 0


class Terms(NamedTuple):
    """The cooperative's terms in one month; see :class:`billing.scheme.models.ContributionTerms`."""

    rate_bp: int
    tax_rate_bp: int
    margin_rate_bp: int = 1_000
    starter_rate_bp: int = 50
    minimum: int = 0
    cap: int = 0
    computed_vat: VatTreatment = VatTreatment.TAXABLE
    voluntary_vat: VatTreatment = VatTreatment.TAXABLE
    starter_months: int = 12
    starter_turnover: int = 0
    question_days: int = 30


class MonthSold(NamedTuple):
    """What a contribution is worked out from, in minor units ex tax.

    ``base`` is the online turnover counted (not negative), ``purchases`` what the shop declared to have bought for it,
    ``sold_before`` what was counted since its start in the months before.
    """

    period: str
    base: int
    purchases: int | None = None
    sold_before: int = 0


class Applied(NamedTuple):
    """How a month's contribution came about: ``rated`` × ``rate_bp`` within ``minimum`` and ``cap`` (0: none)."""

    rated: int
    rate_bp: int
    minimum: int
    cap: int
    computed: int
    vat: VatTreatment


#: What a shop that never chose has.
BY_DEFAULT = Scheme(SchemeKind.PERCENT)


def apply(scheme: Scheme, terms: Terms, month: MonthSold) -> Applied:
    """Work a month's contribution out, with every figure used.

    ``percent``: base × rate; ``margin``: (base − purchases, at least 0) × margin rate, or as ``percent`` where no
    purchases were declared; ``starter``: what goes beyond the free time or turnover × starter rate; ``voluntary``: the
    amount chosen; ``exempt``: nothing. Rates round half up; minimum and cap hold where there is something to rate.
    """
    match scheme.kind:
        case SchemeKind.PERCENT:
            return _rated(terms, month.base, terms.rate_bp)
        case SchemeKind.MARGIN if month.purchases is None:
            return _rated(terms, month.base, terms.rate_bp)
        case SchemeKind.MARGIN:
            return _rated(terms, max(0, month.base - (month.purchases or 0)), terms.margin_rate_bp)
        case SchemeKind.STARTER:
            return _rated(terms, month.base - _free(scheme, month), terms.starter_rate_bp)
        case SchemeKind.VOLUNTARY:
            return Applied(0, 0, 0, 0, scheme.amount, terms.voluntary_vat)
        case SchemeKind.EXEMPT:
            return Applied(0, 0, 0, 0, 0, terms.computed_vat)


def _free(scheme: Scheme, month: MonthSold) -> int:
    """The part of a starting shop's month that is free."""
    if scheme.free_until is None or month.period > scheme.free_until:
        return 0
    if not scheme.free_turnover:
        return month.base
    return min(month.base, max(0, scheme.free_turnover - month.sold_before))


def _rated(terms: Terms, rated: int, rate_bp: int) -> Applied:
    computed = rounded(Fraction(rated * rate_bp, 10_000))
    if rated:
        computed = max(computed, terms.minimum)
    if terms.cap:
        computed = min(computed, terms.cap)
    return Applied(rated, rate_bp, terms.minimum, terms.cap, computed, terms.computed_vat)


def contribution_before_tax(scheme: Scheme, terms: Terms, base: int, *, purchases: int | None = None) -> int:
    """Minor units owed for ``base``, a month's online turnover ex tax (not negative); a starting shop's free time is
    not looked at, use :func:`apply`."""
    return apply(scheme, terms, MonthSold("9999-12", base, purchases)).computed


def with_tax(contribution: int, tax_rate_bp: int) -> TaxedMoney:
    """A contribution and its tax, rounded half up."""
    return TaxedMoney.from_net(contribution, tax_rate_bp)


def tax_rate(vat: VatTreatment, terms: Terms) -> int:
    """The rate of tax on a contribution, in basis points; a gift has none."""
    return 0 if vat is VatTreatment.GIFT else terms.tax_rate_bp
