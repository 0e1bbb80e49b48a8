"""Why an invoice cannot be paid online."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


class NothingToPay(DomainError):
    """Nothing is open of an invoice."""

    code = "nothing-to-pay"
    message = N_("Nothing is left to pay of this invoice.")


class AmountTooSmall(DomainError):
    """The payment service takes no amount as small as this."""

    code = "amount-too-small"
    message = N_("The payment service takes no amount as small as this: pay it by transfer, or with your next invoice.")


class DebitUnderWay(DomainError):
    """A direct debit of the invoice waits for the bank's answer."""

    code = "debit-under-way"
    message = N_("A direct debit of this invoice is on its way: you have nothing left to do.")
