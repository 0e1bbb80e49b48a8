"""What happens to declared purchases."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class PurchasesDeclared(Fact):
    """A shop said what it bought for a month, or said it anew."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    period: str
    amount: int
