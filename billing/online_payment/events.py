"""What happens to payments of invoices online."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class OnlinePaymentFailed(Fact):
    """A direct debit at the payment provider was refused by the shop's bank."""

    subject = ("online_payment", "payment_id")
    payment_id: int
    invoice_id: int
    enterprise_id: int
    amount: int


@dataclass(frozen=True)
class StrayPaymentSeen(Fact):
    """Money reached the cooperative's account at the payment provider for no invoice we know."""

    subject = ("stray_payment", "stray_id")
    stray_id: int
    amount: int
    currency: str
    why: str
