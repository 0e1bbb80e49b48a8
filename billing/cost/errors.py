"""Why a cost cannot be changed."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class CostChanged(DomainError):
    """Somebody else corrected the cost since the page was read."""

    code = "cost-changed"
    message = N_("Somebody else has corrected this cost in the meantime. Here is how it stands now.")
