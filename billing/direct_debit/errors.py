"""Why a debit or mandate cannot be as asked."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class DebitsOff(DomainError):
    """The cooperative has not said what direct debits need."""

    code = "debits-off"
    message = N_("Direct debits need the cooperative’s account (IBAN) and its SEPA creditor identifier.")


class NothingToDebit(DomainError):
    """No invoice may be collected on that day."""

    code = "nothing-to-debit"
    message = N_("No invoice that is due and announced 14 days ahead can be collected on %(day)s. No file was made.")


class DebitChanged(DomainError):
    """The debit is no longer as it was seen."""

    code = "debit-changed"
    message = N_("This debit has been settled in the meantime. Here is how it stands now.")
