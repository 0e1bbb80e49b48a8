"""What happens to the cash of the cooperative, as far as it is told."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class CashNoted(Fact):
    """What the accounts held at the end of a month was written down."""

    subject = ("cash_balance", "balance_id")
    balance_id: int
    period: str
    amount: int


@dataclass(frozen=True)
class CashCorrected(Fact):
    """The same was written anew; ``reason`` where the month had been reported."""

    subject = ("cash_balance", "balance_id")
    balance_id: int
    period: str
    amount_before: int
    amount: int
    reason: str
