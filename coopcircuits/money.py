"""Money: integer minor units (cents), one rounding function, sums that never lose a cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

#: Digits after the decimal point where ISO 4217 does not say two.
_WITHOUT_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_WITHOUT_CENTS.split(), 0) | dict.fromkeys(_WITH_THREE.split(), 3)

HALF_UP = ROUND_HALF_UP
HALF_EVEN = ROUND_HALF_EVEN


def exponent(currency: str) -> int:
    """Digits after the decimal point of a currency (ISO 4217 code)."""
    return _EXPONENTS.get(currency, 2)


def rounded(amount: Decimal | Fraction | int, policy: str = HALF_UP) -> int:
    """Round to whole minor units. Prices and taxes round half up; conversions between currencies half even."""
    if isinstance(amount, int):
        return amount
    if isinstance(amount, Fraction):
        return divided(amount.numerator, amount.denominator, policy)
    return int(amount.quantize(Decimal(1), rounding=policy))


def divided(amount: int, by: int, policy: str = HALF_UP) -> int:
    """``amount`` ÷ ``by`` (positive) in whole minor units, rounded in the same way."""
    below, rest = divmod(amount, by)
    if 2 * rest == by:
        up = below % 2 == 1 if policy == HALF_EVEN else below >= 0
        return below + up
    return below + (2 * rest > by)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal number of the currency's main unit."""
    return Decimal(minor).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """A decimal amount as minor units; more digits than the currency has are a :class:`ValueError`."""
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError("more decimals than the currency has")
    return int(scaled)


@dataclass(frozen=True)
class TaxedMoney:
    """An amount with its tax, in minor units; gross is derived, so net + tax = gross cannot break."""

    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax

    @classmethod
    def from_gross(cls, gross: int, rate_bp: int) -> "TaxedMoney":
        """Split a tax-included amount; ``rate_bp`` is the rate in basis points (5.5 % is 550), rounded half up.

        tax = gross × rate ÷ (1 + rate), rounded once per amount.
        """
        tax = divided(abs(gross) * rate_bp, 10_000 + rate_bp)
        tax = tax if gross >= 0 else -tax
        return cls(gross - tax, tax)

    @classmethod
    def from_net(cls, net: int, rate_bp: int) -> "TaxedMoney":
        """Add tax to a tax-excluded amount, rounded half up."""
        tax = divided(abs(net) * rate_bp, 10_000)
        return cls(net, tax if net >= 0 else -tax)

    def __add__(self, other: "TaxedMoney") -> "TaxedMoney":
        return TaxedMoney(self.net + other.net, self.tax + other.tax)

    def __neg__(self) -> "TaxedMoney":
        return TaxedMoney(-self.net, -self.tax)

    def __sub__(self, other: "TaxedMoney") -> "TaxedMoney":
        return self + -other


NOTHING = TaxedMoney(0, 0)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` minor units by ``weights`` (not negative, not all zero) without losing one.

    Largest remainder (Hamilton); equal remainders go to the earlier place.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative nor all zero")
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    left = abs(total) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]
