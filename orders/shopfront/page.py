"""What a shop's pages show, put in order. No database, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from coopcircuits import clock
from coopcircuits.references import plain
from orders.offer.queries import OnSale
from orders.order_cycle.models import CycleState, OrderCycle, Slot
from orders.order_cycle.slots import Pickup, pickups
from shops.enterprise.models import Enterprise
from shops.product.models import Category, Product


@dataclass(frozen=True)
class _ShopPage:
    """What all pages of a shop know. ``cycle`` is the one on show (open, else coming, else the last one), ``items`` are
    its offers that the page shows."""

    shop: Enterprise
    version: int
    cycle: OrderCycle | None
    slots: Sequence[Slot]
    items: Sequence[OnSale]
    #: The next opening or closing of any cycle of the shop.
    changes_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.cycle is not None and self.cycle.state is CycleState.OPEN

    @property
    def is_upcoming(self) -> bool:
        return self.cycle is not None and self.cycle.state is CycleState.UPCOMING

    @property
    def pickups(self) -> list[Pickup]:
        return pickups(self.slots, self.shop.zone)

    @property
    def good_until(self) -> datetime:
        """When the page changes by itself: a cycle opens or closes, or the shop's calendar turns a leaf."""
        tomorrow = clock.local_date(clock.now(), self.shop.zone) + timedelta(days=1)
        midnight = clock.at_local(tomorrow, 0, 0, self.shop.zone)
        return min(midnight, self.changes_at) if self.changes_at else midnight


@dataclass(frozen=True)
class Aisle:
    """The offers of one category."""

    category: Category
    items: Sequence[OnSale]


@dataclass(frozen=True)
class Stall(_ShopPage):
    """The page of a shop."""

    @property
    def sells_alcohol(self) -> bool:
        return any(item.offer.is_alcohol for item in self.items)

    @property
    def categories(self) -> list[Category]:
        return [category for category, _ in groupby(self.items, key=lambda item: item.offer.category)]

    @property
    def producers(self) -> list[tuple[int, str]]:
        """Producers by name, with their ids."""
        found = {item.offer.producer_id: item.offer.producer_name for item in self.items}
        return sorted(found.items(), key=lambda pair: plain(pair[1]))

    def aisles(self, *, words: str = "", producer_id: int | None = None) -> list[Aisle]:
        """The offers by aisle, narrowed to those that hold all the words and are of this producer."""
        wanted = plain(words).split()
        items = [
            item
            for item in self.items
            if (producer_id is None or item.offer.producer_id == producer_id)
            and all(word in _text(item) for word in wanted)
        ]
        return [Aisle(category, list(group)) for category, group in groupby(items, key=lambda i: i.offer.category)]


def _text(item: OnSale) -> str:
    return plain(f"{item.offer.product_name} {item.offer.variant_name} {item.offer.producer_name}")


@dataclass(frozen=True)
class ProductPage(_ShopPage):
    """The page of one product in one shop."""

    product: Product

    @property
    def all_gone(self) -> bool:
        return all(item.sold_out for item in self.items)
