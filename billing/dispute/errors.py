"""Why a figure cannot be contested."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class NoSuchFigure(InvalidInput):
    """The report has no such figure."""

    code = "no-such-figure"
    message = N_("This report has no such figure.")


class SameFigure(InvalidInput):
    """The claim says what the report says."""

    code = "same-figure"
    message = N_("This is what the report says already. Nothing has been signed.")


class DisputeSettled(DomainError):
    """Nothing more is to be said."""

    code = "dispute-settled"
    message = N_("This dispute is settled. Nothing has been signed.")


class AlreadyContested(DomainError):
    """We contest this figure of this report already."""

    code = "already-contested"
    message = N_("You contest this figure already. Nothing has been signed.")
