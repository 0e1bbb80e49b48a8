"""What can go wrong in a use case, said once and shown by every door (page, command, API) in its own way."""

from typing import Any

from coopcircuits.i18n import N_, gettext


class DomainError(Exception):
    """A refusal that a person can understand and act on.

    ``message`` is an English msgid with ``%(name)s`` places filled from ``params`` after translation; ``field`` names
    the form field it belongs to. ``code`` is stable and made for machines.
    """

    code = "refused"
    status = 409
    message = N_("This could not be done.")

    def __init__(self, message: str | None = None, *, field: str | None = None, **params: Any) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.field = field
        self.params = params

    def __str__(self) -> str:
        """The message in the reader's language."""
        return gettext(self.message) % self.params if self.params else gettext(self.message)


class InvalidInput(DomainError):
    """Something typed cannot be accepted as it is."""

    code = "invalid-input"
    status = 422


class NotFound(DomainError):
    """The object does not exist, or not for this person."""

    code = "not-found"
    status = 404
    message = N_("This does not exist, or not any more.")


class NotAllowed(DomainError):
    """The person is known but lacks the right."""

    code = "not-allowed"
    status = 403
    message = N_("Your role does not allow this.")


class TooManyRequests(DomainError):
    """The same person or address asked too often."""

    code = "rate-limited"
    status = 429
    message = N_("Too many attempts. Please wait a few minutes, then try again.")
