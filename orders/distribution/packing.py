"""A cycle's orders arranged for packing. No database, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from coopcircuits.references import plain
from orders.order.models import Order, OrderLine


@dataclass(frozen=True)
class Round:
    """The orders that are handed over at one place in one slot."""

    place: str
    address: str
    starts_at: datetime
    ends_at: datetime
    orders: Sequence[Order]


def rounds(orders: Sequence[Order]) -> list[Round]:
    """Orders by slot; they come sorted by slot, place and name."""

    def slot(order: Order) -> tuple[datetime, datetime, str, str]:
        return order.pickup_from, order.pickup_until, order.pickup_name, order.pickup_address

    return [
        Round(place, address, starts_at, ends_at, list(found))
        for (starts_at, ends_at, place, address), found in groupby(orders, key=slot)
    ]


@dataclass(frozen=True)
class Pile:
    """One variant: how much of it all orders together need."""

    line: OrderLine
    quantity: int
    orders: int


def piles(orders: Sequence[Order]) -> list[tuple[str, list[Pile]]]:
    """What to bring together, by producer and then by product."""
    found: dict[int, Pile] = {}
    for order in orders:
        for line in order.lines:
            if line.quantity:
                pile = found.get(line.variant_id, Pile(line, 0, 0))
                found[line.variant_id] = Pile(pile.line, pile.quantity + line.quantity, pile.orders + 1)

    def shelf(pile: Pile) -> tuple[str, str, str]:
        return plain(pile.line.producer_name), plain(pile.line.product_name), plain(pile.line.variant_name)

    ordered = sorted(found.values(), key=shelf)
    return [(name, list(group)) for name, group in groupby(ordered, key=lambda pile: pile.line.producer_name)]
