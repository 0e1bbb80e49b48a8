"""Whose basket it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """An account, or a browser known by its visitor cookie; never both."""

    visitor: str | None = None
    user_id: int | None = None

    def __post_init__(self) -> None:
        if (self.visitor is None) == (self.user_id is None):
            raise ValueError("a basket belongs to an account or to a browser")
