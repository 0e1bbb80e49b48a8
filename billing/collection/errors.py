"""Why money cannot be recorded."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class OtherCurrency(InvalidInput):
    """Money in another currency than the shop is billed in."""

    code = "other-currency"
    message = N_("This money is in %(currency)s, the shop is billed in %(expected)s. Nothing has been recorded.")


class ReceiptDiffers(DomainError):
    """The same money was recorded before, for another shop or with another amount."""

    code = "receipt-differs"
    message = N_("This money has been recorded already, for another shop or with another amount.")


class TooMuchReturned(InvalidInput):
    """More would go back than is left of a receipt."""

    code = "too-much-returned"
    message = N_("No more can go back than is left of this receipt.")
