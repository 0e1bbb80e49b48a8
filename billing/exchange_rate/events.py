"""What happens to exchange rates."""

from dataclasses import dataclass

from coopcircuits.events.registry import Fact


@dataclass(frozen=True)
class RatesLoaded(Fact):
    """Monthly means of these months were stored from the file of the European Central Bank, up to ``rate_id``."""

    subject = ("exchange_rate", "rate_id")
    rate_id: int
    first: str
    last: str
    stored: int


@dataclass(frozen=True)
class RateEntered(Fact):
    """A person wrote the exchange rate of a month."""

    subject = ("exchange_rate", "rate_id")
    rate_id: int
    currency: str
    period: str
    rate: str
    source: str
