"""Why a bank statement cannot be imported or one of its lines placed."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class FileImported(InvalidInput):
    """The very same bank file was imported before."""

    code = "file-imported"
    message = N_("This very file was imported on %(day)s. Nothing has been recorded again.")


class LinePlaced(DomainError):
    """Somebody else has placed the line of a bank statement."""

    code = "line-placed"
    message = N_("Somebody else has placed this line in the meantime. Here is how it stands now.")
