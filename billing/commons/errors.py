"""Why a report cannot be made."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class MonthNotBegun(DomainError):
    """A report was asked for a month to come."""

    code = "month-not-begun"
    message = N_("%(period)s has not begun yet: there is nothing to report.")


class FiguresMoved(DomainError):
    """The report is no longer the one that was read."""

    code = "figures-moved"
    message = N_(
        "The figures changed while you were reading. Nothing has been published: here is the report as it is now."
    )


class RevisionUnexplained(InvalidInput):
    """A published report is replaced without a word."""

    code = "revision-unexplained"
    message = N_("This report was published with other figures. Say in a few words why they change; it will be public.")
