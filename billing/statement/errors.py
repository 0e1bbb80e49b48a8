"""Why a month or statement cannot be as asked."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


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
