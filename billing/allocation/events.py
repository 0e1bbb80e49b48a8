"""What happens when costs are shared."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class SharingKeyAdopted(Fact):
    """This instance signed a key of sharing that its members voted."""

    subject = ("adopted_key", "key_id")
    key_id: int
    version: int
    since: str
    digest: str


@dataclass(frozen=True)
class AllocationComputed(Fact):
    """Who pays what for a month was computed to another result than before, and signed."""

    subject = ("allocation", "allocation_id")
    allocation_id: int
    period: str
    digest: str


@dataclass(frozen=True)
class AllocationLocked(Fact):
    """A month's allocation is settled: ``agreeing`` instances of ``reported`` came to the same bytes."""

    subject = ("allocation", "allocation_id")
    allocation_id: int
    period: str
    digest: str
    agreeing: int
    reported: int
