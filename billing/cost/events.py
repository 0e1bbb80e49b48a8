"""What happens in the register of costs."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class CostRegistered(Fact):
    """A cost of running the instance was written down."""

    subject = ("cost", "cost_id")
    cost_id: int
    period: str
    amount: int


@dataclass(frozen=True)
class CostCorrected(Fact):
    """A cost was written anew; ``reason`` where its month had been reported."""

    subject = ("cost", "cost_id")
    cost_id: int
    period_before: str
    amount_before: int
    period: str
    amount: int
    reason: str


@dataclass(frozen=True)
class CostRemoved(Fact):
    """A cost written down by mistake was taken out, with its receipts; ``reason`` as in :class:`CostCorrected`."""

    subject = ("cost", "cost_id")
    cost_id: int
    period: str
    amount: int
    reason: str
    receipts: list[str]


@dataclass(frozen=True)
class ReceiptAttached(Fact):
    """A document proves a cost."""

    subject = ("cost", "cost_id")
    cost_id: int
    sha256: str


@dataclass(frozen=True)
class ReceiptDetached(Fact):
    """A document sent by mistake was taken away."""

    subject = ("cost", "cost_id")
    cost_id: int
    sha256: str
