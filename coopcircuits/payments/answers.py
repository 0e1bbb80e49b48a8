"""What the payment provider answers, in the words of this house. Amounts are minor units, currencies capitals."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CheckoutState(StrEnum):
    """``PROCESSING``: the buyer has finished, the money is not certain yet; ``FAILED``: and never came."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class RefundState(StrEnum):
    """``PENDING`` covers refunds that wait for the provider or for the buyer's bank."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class HostedCheckout:
    """A payment page at the provider, to which the buyer is sent."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class CheckoutStatus:
    """What the provider knows of a checkout. ``reference`` is the one we gave."""

    id: str
    state: CheckoutState
    payment_intent: str | None
    amount_minor: int
    currency: str
    reference: str


@dataclass(frozen=True)
class RefundStatus:
    """What the provider knows of a refund."""

    id: str
    state: RefundState
    payment_intent: str
    amount_minor: int
    currency: str
    reference: str


@dataclass(frozen=True)
class MoneyBack:
    """Money that left again after it came: a refund, or a dispute that was lost (a direct debit taken back)."""

    id: str
    amount_minor: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class TillStatus:
    """What the provider knows of a page on the cooperative's own account, and of what became of the money."""

    checkout: CheckoutStatus
    by_debit: bool
    returns: tuple[MoneyBack, ...]
    #: Of such moves, those that ended otherwise, maybe after they had counted: the money is with the cooperative.
    failed_returns: tuple[MoneyBack, ...] = ()


@dataclass(frozen=True)
class AccountStatus:
    """Whether a shop's account may take cards, and whether its owner has filled in everything."""

    id: str
    charges_enabled: bool
    details_submitted: bool


@dataclass(frozen=True)
class ProviderEvent:
    """Something happened to ``object_id`` of ``account`` (None: the platform itself). Fetch it to know what is true."""

    id: str
    type: str
    account: str | None
    object_id: str
    livemode: bool
    created: datetime
