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


class FormUsed(ReceiptDiffers):
    """The form recorded a receipt before, and says something else now: another cheque, perhaps, or a correction."""

    code = "form-used"
    message = N_(
        "This form has recorded money already, and something in it is different now. For another payment, please start "
        "from a new form."
    )


class InvoicePaid(InvalidInput):
    """The invoice that money was meant for asks for nothing any more."""

    code = "invoice-paid"
    message = N_(
        "This invoice is paid in full by now: nothing has been recorded. If more money came, choose the shop below, "
        "under “Kept for a shop’s next invoices”."
    )


class ReceiptMoved(DomainError):
    """The receipt was given to another shop while somebody else decided about it."""

    code = "receipt-moved"
    message = N_("This money was given to another shop in the meantime. Here is how it stands now.")


class NothingToMove(DomainError):
    """All of the receipt went back."""

    code = "nothing-to-move"
    message = N_("All of this money went back: there is nothing left to move.")


class MoneyNamed(DomainError):
    """Money that was asked of one shop by name stays that shop's."""

    code = "money-named"
    message = N_(
        "This money was collected for an invoice of this very shop, by card or direct debit: it cannot be another’s. "
        "Give it back instead."
    )


class ReturnedByProvider(DomainError):
    """What goes back of money that came through the provider is read there: written down too, it would count twice."""

    code = "returned-by-provider"
    message = N_(
        "This money came through the card provider: give it back on the provider’s site. What went back is read there "
        "and counted by itself."
    )


class TooMuchReturned(InvalidInput):
    """More would go back than is left of a receipt."""

    code = "too-much-returned"
    message = N_("No more can go back than is left of this receipt.")
