"""Why a rate cannot be stored."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


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
