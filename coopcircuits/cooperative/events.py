"""What happens to the cooperative as a legal person."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class IdentityChanged(Fact):
    """What documents say of the cooperative changed; ``fields`` names what, not the values."""

    subject = ("cooperative", "cooperative_id")
    cooperative_id: int
    fields: list[str]


@dataclass(frozen=True)
class MentionEntered(Fact):
    """A sentence of the law changes from a day on."""

    subject = ("legal_mention", "mention_id")
    mention_id: int
    kind: str
    valid_from: str
