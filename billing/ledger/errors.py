"""Why something cannot be booked or exported."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


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


class SirenMissing(DomainError):
    """The tax authorities' file bears the cooperative's SIREN number in its name."""

    code = "siren-missing"
    message = N_("Fill in the cooperative’s SIRET number first: the name of the file begins with it.")
