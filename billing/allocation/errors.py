"""Why costs cannot be shared."""

from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_


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
    """A key must follow the latest one that was adopted."""

    code = "key-out-of-order"
    message = N_(
        "This key does not follow the one in force: it must be version %(version)s and name its digest under "
        "“supersedes”. Nothing has been changed."
    )


class MonthSettled(DomainError):
    """A key leaves locked months alone."""

    code = "month-settled"
    message = N_("A key of sharing begins after the last month that is settled, %(month)s. Nothing has been changed.")


class FolderNotEmpty(DomainError):
    """An archive is written into a folder of its own."""

    code = "folder-not-empty"
    message = N_("%(folder)s is not an empty folder. Nothing has been written.")
