"""Why an invoice or credit note cannot be issued."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_, gettext


class InvoiceRefused(DomainError):
    """A statement cannot be invoiced as it is."""

    code = "invoice-refused"
    message = N_("This statement cannot be invoiced: it is not approved, or there is nothing to pay.")


class AlreadyInvoiced(InvoiceRefused):
    """A statement is invoiced once; corrections are credit notes."""

    code = "already-invoiced"
    message = N_("This statement is invoiced already: %(number)s. A mistake is put right by a credit note.")


class InvoiceIncomplete(InvoiceRefused):
    """The law wants more on the document than is known; ``params["missing"]`` says what, field by field."""

    code = "invoice-incomplete"
    status = 422
    message = N_("The invoice of %(shop)s cannot be issued yet. Missing: %(missing)s.")

    def __str__(self) -> str:
        from billing.invoice.words import missing_name  # words need models, and these need our errors

        names = ", ".join(missing_name(item) for item in self.params["missing"])
        return gettext(self.message) % {"shop": self.params["shop"], "missing": names}


class ShopAbroad(InvoiceRefused):
    """Services across a border are taxed where the buyer is."""

    code = "shop-abroad"
    message = N_("%(shop)s is in another country: VAT across borders is not settled here. Invoice it by hand.")


class VatDisagrees(InvoiceRefused):
    """The statement and the cooperative's VAT regime contradict each other."""

    code = "vat-disagrees"
    message = N_(
        "The statement of %(shop)s and the legal identity disagree: one of them says that the cooperative charges VAT, "
        "the other that it does not."
    )


class CreditTooLarge(InvalidInput):
    """Credit notes never take off more than was invoiced."""

    code = "credit-too-large"
    message = N_("At most %(left)s before tax is left of this document.")


class DocumentNotWritten(DomainError):
    """The file could not be made: nothing is issued, and the number goes to the next document.

    ``params["cause"]`` is what the machine said.
    """

    code = "document-not-written"
    status = 503
    message = N_("The document could not be written, so nothing has been issued. Try again in a moment.")
