"""What a scheme gives for a month: the arithmetic, without a database."""

from fractions import Fraction
from typing import NamedTuple

from billing.scheme.models import SchemeKind
from coopcircuits.money import TaxedMoney, rounded


class Scheme(NamedTuple):
    """A shop's scheme in one month; ``amount`` (minor units, ex tax) is for ``voluntary``."""

    kind: SchemeKind
    amount: int = 0
    reason: str = ""


class Terms(NamedTuple):
    """The cooperative's rates in one month, in basis points."""

    rate_bp: int
    tax_rate_bp: int


#: What a shop that never chose has.
BY_DEFAULT = Scheme(SchemeKind.PERCENT)


def contribution_before_tax(scheme: Scheme, terms: Terms, base: int) -> int:
    """Minor units owed for ``base``, the month's online turnover ex tax (not negative).

    ``percent``: base × rate, rounded half up; ``voluntary``: the amount chosen; ``exempt``: nothing.
    """
    match scheme.kind:
        case SchemeKind.PERCENT:
            return rounded(Fraction(base * terms.rate_bp, 10_000))
        case SchemeKind.VOLUNTARY:
            return scheme.amount
        case SchemeKind.EXEMPT:
            return 0


def with_tax(contribution: int, tax_rate_bp: int) -> TaxedMoney:
    """A contribution and its tax, rounded half up."""
    return TaxedMoney.from_net(contribution, tax_rate_bp)
