"""The price of an offer: the producer's price plus the shop's fees, per unit and tax included. Pure calculation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coopcircuits import money
from shops.fee.models import Calculator, FeeKind


@dataclass(frozen=True)
class FeeRule:
    """A fee as it is counted. ``value``: basis points for a percentage, minor units for a flat amount."""

    fee_id: int
    name: str
    kind: FeeKind
    calculator: Calculator
    value: int

    def amount_on(self, base: int) -> int:
        """What the fee adds to one unit of price ``base``, in minor units.

        A percentage is rounded half up for one unit and then multiplied by the quantity, so that the price on the
        shelf, times the quantity, is the sum on the receipt.
        """
        if self.calculator is Calculator.FLAT_PER_ITEM:
            return self.value
        return money.divided(base * self.value, 10_000)


@dataclass(frozen=True)
class FeeShare:
    """The part of a price that goes to one fee, per unit in minor units."""

    fee_id: int
    name: str
    kind: str
    amount: int


@dataclass(frozen=True)
class Price:
    """What one unit costs and where each cent goes: ``total`` = ``base`` + the shares."""

    base: int
    shares: tuple[FeeShare, ...]

    @property
    def total(self) -> int:
        return self.base + sum(share.amount for share in self.shares)

    @property
    def fees(self) -> list[dict[str, Any]]:
        """The shares as an offer's row keeps them."""
        return [asdict(share) for share in self.shares]


def price_of(base: int, rules: Sequence[FeeRule]) -> Price:
    """The price of one unit. Every percentage is of the base price, never of another fee."""
    return Price(base, tuple(FeeShare(rule.fee_id, rule.name, rule.kind.value, rule.amount_on(base)) for rule in rules))
