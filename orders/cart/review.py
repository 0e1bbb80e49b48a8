"""What became of a basket since its owner last touched it: prices, stock, products, the sale itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from orders.cart.models import Cart, CartLine
from orders.offer.queries import OnSale
from orders.order_cycle.models import CycleState, OrderCycle


@dataclass(frozen=True)
class ReviewedLine:
    """One line as it stands now. Nothing is changed: the page says it, the owner decides."""

    line: CartLine
    item: OnSale

    @property
    def is_withdrawn(self) -> bool:
        return self.item.offer.withdrawn_at is not None

    @property
    def is_sold_out(self) -> bool:
        return not self.is_withdrawn and self.item.sold_out

    @property
    def is_short(self) -> bool:
        """Some are left, but fewer than wished."""
        left = self.item.left
        return not self.is_withdrawn and left is not None and 0 < left < self.line.quantity

    @property
    def price_moved(self) -> bool:
        return not self.is_withdrawn and self.line.price_seen != self.item.offer.price

    @property
    def can_be_ordered(self) -> bool:
        return not (self.is_withdrawn or self.is_sold_out or self.is_short)

    @property
    def total(self) -> int:
        """At today's price, in minor units."""
        return self.line.quantity * self.item.offer.price


@dataclass(frozen=True)
class ReviewedBasket:
    """A basket as it stands now."""

    cart: Cart
    cycle: OrderCycle
    lines: Sequence[ReviewedLine]

    @property
    def is_open(self) -> bool:
        return self.cycle.state is CycleState.OPEN

    @property
    def can_be_ordered(self) -> bool:
        return self.is_open and bool(self.lines) and all(line.can_be_ordered for line in self.lines)

    @property
    def needs_adjusting(self) -> bool:
        return self.is_open and not all(line.can_be_ordered for line in self.lines)

    @property
    def pieces(self) -> int:
        return sum(line.line.quantity for line in self.lines)

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def held(self) -> dict[int, int]:
        """Quantities by offer id."""
        return {line.item.offer.id: line.line.quantity for line in self.lines}

    @property
    def has_alcohol(self) -> bool:
        return any(line.item.offer.is_alcohol for line in self.lines)
