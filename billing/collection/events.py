"""What happens to money received."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class ReceiptRecorded(Fact):
    """Money of a shop reached the cooperative."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    enterprise_id: int
    amount: int
    currency: str
    method: str


@dataclass(frozen=True)
class ReceiptReassigned(Fact):
    """Money that was recorded for the wrong shop was given to the right one."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    move_id: int
    from_id: int
    to_id: int
    amount: int
    currency: str


@dataclass(frozen=True)
class ReceiptReturnFailed(Fact):
    """Money that had been sent back did not reach the shop: the cooperative has it again."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    failed_id: int
    enterprise_id: int
    amount: int
    currency: str


@dataclass(frozen=True)
class ReceiptReturned(Fact):
    """Money that had reached the cooperative went back, all or a part of it: a refused debit, a refund."""

    subject = ("receipt", "receipt_id")
    receipt_id: int
    enterprise_id: int
    amount: int
    currency: str
