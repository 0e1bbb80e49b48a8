"""What happens to tokens."""

from dataclasses import dataclass
from typing import ClassVar

from coopcircuits.events import Fact


@dataclass(frozen=True)
class _TokenFact(Fact):
    subject: ClassVar[tuple[str, str]] = ("api-token", "token_id")
    token_id: int
    user_id: int


class TokenCreated(_TokenFact):
    """A person gave a program a key to what they may see."""


class TokenRevoked(_TokenFact):
    """The key works no more."""
