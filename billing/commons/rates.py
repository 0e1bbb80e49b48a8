"""Exchange rates as the allocation uses them: one a month and currency, a decimal text, never a floating number.

They serve the key only. A transfer is booked at the bank's own rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from coopcircuits import money

#: Digits after the point of every rate, so that all write the same text.
DIGITS = 6
EURO = "EUR"


@dataclass(frozen=True)
class Rate:
    """Units of ``currency`` for one euro: ``rate`` with six decimals, what it is the mean of, and its days."""

    currency: str
    rate: str
    source: str
    first_day: str
    last_day: str

    def as_json(self) -> dict[str, str]:
        """As the allocation carries it."""
        return {
            "currency": self.currency,
            "rate": self.rate,
            "source": self.source,
            "from": self.first_day,
            "to": self.last_day,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, str]) -> "Rate":
        return cls(entry["currency"], entry["rate"], entry["source"], entry["from"], entry["to"])


class RateMissing(LookupError):
    """No rate is known for ``currency``."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


def rate_text(value: Fraction) -> str:
    """A rate with six decimals, rounded half-even."""
    scaled = money.rounded(value * 10**DIGITS, money.HALF_EVEN)
    whole, decimals = divmod(scaled, 10**DIGITS)
    return f"{whole}.{decimals:0{DIGITS}d}"


def to_euro_cents(amounts: Mapping[str, Fraction], rates: Mapping[str, Rate]) -> int:
    """Amounts by currency, in its minor units, as EUR cents: added up exactly, rounded half-even once.

    Raises :class:`RateMissing`.
    """
    total = Fraction(0)
    for currency, amount in amounts.items():
        cents = amount / 10 ** money.exponent(currency) * 100
        if currency != EURO:
            if currency not in rates:
                raise RateMissing(currency)
            cents /= Fraction(rates[currency].rate)
        total += cents
    return money.rounded(total, money.HALF_EVEN)


def from_euro_cents(cents: int, currency: str, rates: Mapping[str, Rate]) -> int:
    """The same way back, rounded half-even; raises :class:`RateMissing`."""
    if currency == EURO:
        return cents
    if currency not in rates:
        raise RateMissing(currency)
    amount = Fraction(cents, 100) * Fraction(rates[currency].rate) * 10 ** money.exponent(currency)
    return money.rounded(amount, money.HALF_EVEN)
