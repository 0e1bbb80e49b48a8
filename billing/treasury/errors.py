"""Why a balance cannot be changed."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class BalanceChanged(DomainError):
    """Somebody else corrected the balance since the page was read."""

    code = "balance-changed"
    message = N_("Somebody else has corrected this balance in the meantime. Here is how it stands now.")
