"""What happens with keys of sharing before they are adopted."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class SharingKeyProposed(Fact):
    """A key was proposed, by ourselves or by the instance ``host``."""

    subject = ("proposed_key", "proposal_id")
    proposal_id: int
    digest: str
    version: int
    host: str
    is_ours: bool
