"""What can go wrong when shops are billed."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_, gettext


class MonthNotOver(DomainError):
    """The month has not ended everywhere yet."""

    code = "month-not-over"
    message = N_(
        "%(period)s is not over in every shop yet. It can be closed from %(moment)s (time of %(zone)s). "
        "Nothing has been changed."
    )


class CloseInOrder(DomainError):
    """An earlier month is still open; what it carries forward is not known yet."""

    code = "close-in-order"
    message = N_(
        "Months are closed one after the other: close %(earlier)s before %(period)s. Nothing has been changed."
    )


class LaterMonthClosed(DomainError):
    """A later month is closed, so that this one cannot be opened any more."""

    code = "later-month-closed"
    message = N_(
        "%(period)s cannot be closed any more: %(later)s already is, and counted what was left. "
        "Nothing has been changed."
    )


class MonthClosedAlready(InvalidInput):
    """The month's statements are written, or being written."""

    code = "month-closed-already"
    message = N_("%(period)s is closed: its purchases cannot change any more. Ask the cooperative on your statement.")


class NothingToClose(DomainError):
    """Nobody had sold or given anything yet."""

    code = "nothing-to-close"
    message = N_("Nothing was sold online in %(period)s or before: there is nothing to close.")


class ForeignCurrency(DomainError):
    """A shop sold in another currency than the cooperative's."""

    code = "foreign-currency"
    message = N_("%(shop)s sold in another currency than %(currency)s in %(period)s. Nothing has been closed.")


class StatementChanged(DomainError):
    """Somebody else decided on the statement since the page was read."""

    code = "statement-changed"
    message = N_("Somebody else has worked on this statement in the meantime. Here is how it stands now.")


class QuestionTooLate(DomainError):
    """The days to question a statement are over."""

    code = "question-too-late"
    message = N_("The days to question this statement are over. Write to the cooperative: it will answer all the same.")


class CostChanged(DomainError):
    """Somebody else corrected the cost since the page was read."""

    code = "cost-changed"
    message = N_("Somebody else has corrected this cost in the meantime. Here is how it stands now.")


class MonthNotBegun(DomainError):
    """A report was asked for a month to come."""

    code = "month-not-begun"
    message = N_("%(period)s has not begun yet: there is nothing to report.")


class FiguresMoved(DomainError):
    """The report is no longer the one that was read."""

    code = "figures-moved"
    message = N_(
        "The figures changed while you were reading. Nothing has been published: here is the report as it is now."
    )


class RevisionUnexplained(InvalidInput):
    """A published report is replaced without a word."""

    code = "revision-unexplained"
    message = N_("This report was published with other figures. Say in a few words why they change; it will be public.")


class PeerKnown(InvalidInput):
    """The instance is one of our sisters already."""

    code = "peer-known"
    message = N_("%(host)s is one of your sister instances already.")


class OwnInstance(InvalidInput):
    """An instance cannot be its own sister."""

    code = "own-instance"
    message = N_("This is the address of your own instance.")


class FingerprintDiffers(InvalidInput):
    """The fingerprint told by the sister is not the one of the key that was fetched."""

    code = "fingerprint-differs"
    message = N_(
        "%(host)s answers with another fingerprint: %(found)s. Nothing has been added. "
        "Ask your sister to read hers again."
    )


class PeerBusy(DomainError):
    """Somebody is asking this instance right now."""

    code = "peer-busy"
    message = N_("%(host)s is being asked right now. Look again in a minute.")


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


class EntryUnbalanced(InvalidInput):
    """An entry in the books whose debits are not its credits."""

    code = "entry-unbalanced"
    message = N_("An entry must be balanced: %(debit)s in debit, %(credit)s in credit.")


class PieceDayUnlikely(InvalidInput):
    """An entry whose piece has a day that cannot be right, as a mistyped year gives."""

    code = "piece-day-unlikely"
    message = N_("The books take no piece of %(day)s: please check its year.")


class OtherBooksCurrency(InvalidInput):
    """An entry in another currency than that of the books."""

    code = "other-books-currency"
    message = N_("The books are kept in %(expected)s, not in %(currency)s.")


class BooksOlder(DomainError):
    """The database holds older books than the closings kept beside it know."""

    code = "books-older"
    message = N_(
        "The books end before the closing of %(period)s, or differ from it, which %(file)s holds. "
        "An old copy of the database was put back, or rows were changed: find the right copy before going on."
    )


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
    """The file could not be made: nothing is issued, and the number goes to the next document."""

    code = "document-not-written"
    status = 503
    message = N_("The document could not be written, so nothing has been issued. Try again in a moment.")


class FileImported(InvalidInput):
    """The very same bank file was imported before."""

    code = "file-imported"
    message = N_("This very file was imported on %(day)s. Nothing has been recorded again.")


class LinePlaced(DomainError):
    """Somebody else has placed the line of a bank statement."""

    code = "line-placed"
    message = N_("Somebody else has placed this line in the meantime. Here is how it stands now.")


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


class SirenMissing(DomainError):
    """The tax authorities' file bears the cooperative's SIREN number in its name."""

    code = "siren-missing"
    message = N_("Fill in the cooperative’s SIRET number first: the name of the file begins with it.")


class NoRates(DomainError):
    """The file holds no rate of a recent month that is over."""

    code = "no-rates"
    status = 422
    message = N_("The file holds no rates of the last three years.")


class RateImpossible(InvalidInput):
    """No currency costs that."""

    code = "rate-impossible"
    message = N_("A rate says how many units of another currency one euro costs: more than zero.")


class RateSigned(DomainError):
    """The month is settled with the rate it has."""

    code = "rate-signed"
    message = N_("The allocation of %(period)s is locked with its rates. Nothing has been changed.")


class RateUnknown(DomainError):
    """No rate is known for a currency in which somebody reports."""

    code = "rate-unknown"
    message = N_("No exchange rate of %(currency)s is known for %(period)s or before. Enter one.")


class NoKeyInForce(DomainError):
    """The members have not voted how to share the cost of this month, or we have not adopted it."""

    code = "no-sharing-key"
    message = N_("No key of sharing is adopted for %(period)s.")


class AllocationTooEarly(DomainError):
    """Reports are still coming in."""

    code = "allocation-too-early"
    message = N_("Who pays what for %(period)s is computed from %(day)s on.")


class KeyOutOfOrder(DomainError):
    """A key must follow the latest one that was adopted, and leave locked months alone."""

    code = "key-out-of-order"
    message = N_(
        "This key does not follow the one in force: it must be version %(version)s, name its digest under "
        "“supersedes”, and begin after %(locked)s. Nothing has been changed."
    )


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


class FolderNotEmpty(DomainError):
    """An archive is written into a folder of its own."""

    code = "folder-not-empty"
    message = N_("%(folder)s is not an empty folder. Nothing has been written.")
