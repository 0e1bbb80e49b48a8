"""Direct debits in words."""

from billing.direct_debit.models import DebitState
from coopcircuits.i18n import gettext


def debit_state(state: DebitState) -> tuple[str, str]:
    """How a debit stands, and the tone of its badge."""
    return {
        DebitState.SENT: (gettext("Asked of the bank"), "info"),
        DebitState.COLLECTED: (gettext("Money collected"), "success"),
        DebitState.REFUSED: (gettext("Refused"), "danger"),
        DebitState.RETURNED: (gettext("Taken back"), "danger"),
    }[state]
