"""What a shop's online turnover of a month is: the definition, as one pure function over the life of one order.

Of each order that a shopper placed online, a month counts what the shopper owes at its end less what they owed at its
start, in the shop's own calendar: goods, delivery and fees, without tax, without deposits. Cancelling or refunding an
order of an earlier month therefore makes a negative amount in the month in which it happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coopcircuits.money import NOTHING, TaxedMoney
from coopcircuits.period import Month


@dataclass(frozen=True)
class Moment:
    """What the shopper owes for the order from an instant on; ``deposits`` (tax-free) come on top and never count."""

    at: datetime
    owed: TaxedMoney
    deposits: int = 0


@dataclass(frozen=True)
class OrderLife:
    """An order from the sale to its last change, oldest first. ``online``: a shopper placed it, not the staff."""

    online: bool
    zone: str
    moments: Sequence[Moment]


def turnover_by_month(life: OrderLife) -> dict[Month, TaxedMoney]:
    """What one order adds to its shop's turnover, in the months in which something happened."""
    months: dict[Month, TaxedMoney] = {}
    owed = NOTHING
    for moment in life.moments if life.online else ():
        month = Month.of(moment.at, life.zone)
        months[month] = months.get(month, NOTHING) + moment.owed - owed
        owed = moment.owed
    return months
