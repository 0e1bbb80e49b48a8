"""What happens to accounts."""

from dataclasses import dataclass
from typing import ClassVar

from coopcircuits.events import Fact


@dataclass(frozen=True)
class _AccountFact(Fact):
    subject: ClassVar[tuple[str, str]] = ("user", "user_id")
    user_id: int


class SignedUp(_AccountFact):
    """An account was made; its address is not yet confirmed."""


class SignedUpAgain(_AccountFact):
    """Somebody tried to sign up with an address that has an account."""


class ConfirmationAsked(_AccountFact):
    """Somebody asked for the confirmation link again; nobody's (0) if no account waits for it."""


class EmailConfirmed(_AccountFact):
    """The person followed the link sent to their address."""


class PasswordChanged(_AccountFact):
    """A new password was set; other browsers were signed out."""


class PasswordResetAsked(_AccountFact):
    """Somebody asked for a link to set a new password; nobody's (0) if the address has no account."""


class NamedAdministrator(_AccountFact):
    """The account works for the cooperative from now on."""


class SignedIn(_AccountFact):
    """A browser was signed in."""
