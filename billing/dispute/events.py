"""What happens in disputes."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class DisputeMoved(Fact):
    """A document about a dispute was signed by us or came from a sister."""

    subject = ("dispute", "dispute_id")
    dispute_id: int
    document_id: int
    act: str
    instance: str
    digest: str
    is_ours: bool
