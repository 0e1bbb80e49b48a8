"""What a shop's online turnover of a month is: the definition, as one pure function over the life of one order.

Of each order that a shopper placed online, a month counts what its sale comes to at the month's end less what it came
to at its start, in the shop's own calendar and before tax. Cancelling or refunding an order of an earlier month
therefore makes a negative amount in the month in which it happens.

- Goods, delivery and fees count. Orders typed in by the shop's staff do not.
- A voucher or discount that the shop itself pays for lowers the sale. One that somebody else pays for is money: the
  sale counts whole.
- How an order is paid changes nothing: credit that is spent is a payment, not a discount.
- Charging credit, and selling a voucher for later, are payments ahead: they count when something is bought with them.
- Deposits are given back, and tips are not the shop's price: neither counts.
- Amounts are in the currency of the cooperative. A month in which a shop sold in another one too is not closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coopcircuits.money import NOTHING, TaxedMoney
from coopcircuits.period import Month


@dataclass(frozen=True)
class Moment:
    """How an order stands from an instant on.

    ``goods`` are goods, delivery and fees; ``vouchers`` what the shop itself takes off them (not negative).
    ``deposits``, ``tips`` and ``top_ups`` come on top, in minor units without tax, and never count.
    """

    at: datetime
    goods: TaxedMoney
    vouchers: TaxedMoney = NOTHING
    deposits: int = 0
    tips: int = 0
    top_ups: int = 0

    @property
    def sold(self) -> TaxedMoney:
        """What the sale comes to."""
        return self.goods - self.vouchers


@dataclass(frozen=True)
class OrderLife:
    """An order from the sale to its last change, oldest first. ``online``: a shopper placed it, not the staff."""

    online: bool
    zone: str
    moments: Sequence[Moment]


def turnover_by_month(life: OrderLife) -> dict[Month, TaxedMoney]:
    """What one order adds to its shop's turnover, in the months in which something happened."""
    months: dict[Month, TaxedMoney] = {}
    sold = NOTHING
    for moment in life.moments if life.online else ():
        month = Month.of(moment.at, life.zone)
        months[month] = months.get(month, NOTHING) + moment.sold - sold
        sold = moment.sold
    return months
