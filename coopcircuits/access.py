"""Who may open which address: declared beside the address, decided before its view runs.

Another tenant's object does not exist (404); in one's own tenant a missing right is a refusal (403).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask_login import current_user

from coopcircuits.doors import settings


class Decision(enum.Enum):
    """The answer to "may this person open this address?"."""

    ALLOWED = "allowed"
    SIGN_IN = "sign-in"
    FORBIDDEN = "forbidden"
    MISSING = "missing"


class Access(Protocol):
    """A rule of access; ``name`` is shown in the table of addresses."""

    @property
    def name(self) -> str: ...

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        """Judge the current person for the address's arguments."""
        ...


@dataclass(frozen=True)
class _Everyone:
    name: str = "public"

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        return Decision.ALLOWED


@dataclass(frozen=True)
class _SignedIn:
    name: str = "signed-in"

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        return Decision.ALLOWED if current_user.is_authenticated else Decision.SIGN_IN


@dataclass(frozen=True)
class _Cooperative:
    name: str = "cooperative"

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        if not current_user.is_authenticated:
            return Decision.SIGN_IN
        return Decision.ALLOWED if current_user.is_cooperative else Decision.FORBIDDEN


@dataclass(frozen=True)
class _Demonstration:
    name: str = "demonstration"

    def decide(self, arguments: Mapping[str, Any]) -> Decision:
        return Decision.ALLOWED if settings().is_demo else Decision.MISSING


PUBLIC: Access = _Everyone()
SIGNED_IN: Access = _SignedIn()
COOPERATIVE: Access = _Cooperative()
#: Open to everybody on a demonstration; elsewhere the address does not exist.
DEMONSTRATION: Access = _Demonstration()
