"""What happens to starters."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class StarterEnding(Fact):
    """The free time of a starting shop ends within about a month."""

    subject = ("enterprise", "enterprise_id")
    enterprise_id: int
    scheme_id: int
