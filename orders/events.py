"""What happens on this floor, in the past tense: ids and amounts, no personal data."""

from dataclasses import dataclass
from typing import ClassVar

from coopcircuits.events import Fact

# ---- order cycles


@dataclass(frozen=True)
class CycleOpened(Fact):
    """A shop planned a cycle; it sells from its opening time on, without anybody doing anything."""

    subject: ClassVar = ("order_cycle", "cycle_id")
    cycle_id: int
    shop_id: int
    offers: int


@dataclass(frozen=True)
class CycleChanged(Fact):
    """Dates, products, slots or fees of a cycle changed."""

    subject: ClassVar = ("order_cycle", "cycle_id")
    cycle_id: int
    shop_id: int
    added: int
    withdrawn: int


@dataclass(frozen=True)
class CycleClosed(Fact):
    """A cycle's time is over; recorded once."""

    subject: ClassVar = ("order_cycle", "cycle_id")
    cycle_id: int
    shop_id: int


# ---- orders


@dataclass(frozen=True)
class OrderReserved(Fact):
    """Stock and slot are held while the shopper pays by card."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int
    total: int


@dataclass(frozen=True)
class OrderPlaced(Fact):
    """An order became a sale."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int
    total: int


@dataclass(frozen=True)
class OrderChanged(Fact):
    """Quantities changed; ``lines`` holds ``[line_id, before, after]`` of each."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int
    before: int
    after: int
    lines: list[list[int]]


@dataclass(frozen=True)
class OrderCancelled(Fact):
    """Given up after it had become a sale; ``total`` is what it came to."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int
    total: int


@dataclass(frozen=True)
class OrderReleased(Fact):
    """Not paid in time, or given up before paying: stock and slot are free again. It never was a sale."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int
    total: int
    expired: bool


@dataclass(frozen=True)
class OrderCollected(Fact):
    """The shopper has it."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int


@dataclass(frozen=True)
class CollectionUndone(Fact):
    """Marked as collected by mistake."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    shop_id: int


# ---- payments


@dataclass(frozen=True)
class PaymentReceived(Fact):
    """The money of one payment is there."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    payment_id: int
    kind: str
    amount: int


@dataclass(frozen=True)
class PaymentUndone(Fact):
    """Marked as received by mistake."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    payment_id: int
    amount: int


@dataclass(frozen=True)
class PaymentNotAccepted(Fact):
    """The provider reported money that is not the one expected; ``why`` names what differs."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    payment_id: int
    why: str


@dataclass(frozen=True)
class RefundRequested(Fact):
    """Money is to be given back."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    refund_id: int
    amount: int


@dataclass(frozen=True)
class RefundDone(Fact):
    """The money is on its way back, or in the shopper's hand."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    refund_id: int
    amount: int


@dataclass(frozen=True)
class RefundFailed(Fact):
    """The money could not be given back; the shop has to look at it."""

    subject: ClassVar = ("order", "order_id")
    order_id: int
    refund_id: int
    amount: int
