"""Whether the instances came to the same allocation, and where they did not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.allocation.models import Allocation, PeerAllocation
from billing.allocation.queries import payload_of
from billing.commons.allocation import differences


@dataclass(frozen=True)
class Agreement:
    """Host names: whose final report is in, who came to our bytes (we among them), who differs and in what."""

    reported: Sequence[str]
    agreeing: Sequence[str]
    differing: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_enough(self) -> bool:
        """Whether at least half of those whose report is in signed these bytes."""
        return 2 * len(set(self.agreeing) & set(self.reported)) >= len(self.reported)


def agreement(ours: Allocation, theirs: Sequence[PeerAllocation]) -> Agreement:
    """Compare our allocation of a month with those of our sisters."""
    payload = payload_of(ours)
    agreeing, differing = [payload["instance"]], {}
    for held in theirs:
        if held.digest == ours.digest:
            agreeing.append(held.peer.host)
        else:
            differing[held.peer.host] = differences(payload, payload_of(held))
    reported = [entry["instance"] for entry in payload["inputs"] if not entry["estimated"]]
    return Agreement(reported, sorted(agreeing), differing)
