"""On whose behalf a use case runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """A signed-in person, a guest or the system itself; ``label`` is what the history shows."""

    kind: str
    user_id: int | None = None
    is_cooperative: bool = False

    @property
    def label(self) -> str:
        return self.kind if self.user_id is None else f"user:{self.user_id}"


#: Jobs, subscribers and commands started by nobody in particular.
SYSTEM = Actor("system")
#: Someone who shops without an account.
GUEST = Actor("guest")
