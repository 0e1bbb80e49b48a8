"""What the checkout page shows, put in order. No database, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from orders.cart.review import ReviewedBasket
from orders.order.amounts import Amounts, work_out
from orders.order_cycle.models import Slot
from shops.delivery.models import DeliveryMethod
from shops.enterprise.models import Enterprise, EnterpriseState
from shops.payment_method.models import PaymentMethod


def places_left(slot: Slot) -> int | None:
    """How many more orders a slot takes; ``None`` when there is no limit."""
    return None if slot.capacity is None else max(slot.capacity - slot.taken, 0)


@dataclass(frozen=True)
class CheckoutPage:
    """A basket about to become an order. Amounts are minor units of the shop's currency, tax included."""

    shop: Enterprise
    basket: ReviewedBasket
    slots: Sequence[Slot]
    methods: Sequence[PaymentMethod]

    @property
    def is_open(self) -> bool:
        return self.basket.is_open and self.shop.state is EnterpriseState.ACTIVE

    @property
    def places(self) -> list[tuple[DeliveryMethod, list[Slot]]]:
        """Pickup points with their slots, in the order of the first slot of each."""
        first = {slot.method_id: index for index, slot in reversed(list(enumerate(self.slots)))}
        ordered = sorted(self.slots, key=lambda slot: (first[slot.method_id], slot.starts_at, slot.id))
        groups = [list(found) for _, found in groupby(ordered, key=lambda slot: slot.method_id)]
        return [(slots[0].method, slots) for slots in groups]

    @property
    def only_slot(self) -> int | None:
        """The slot to choose where there is no choice."""
        free = [slot.id for slot in self.slots if places_left(slot) != 0]
        return free[0] if len(free) == 1 else None

    def amounts(self, slot_id: int | None) -> Amounts:
        """What the order comes to when collected in this slot; without a slot, what is certain already."""
        fee = self._fees(slot_id)[0] if self.knows_fee(slot_id) else 0
        return work_out([(line.total, line.item.offer.tax_rate_bp) for line in self.basket.lines], fee)

    def knows_fee(self, slot_id: int | None) -> bool:
        """Whether the fee for the pickup is certain: the slot is chosen, or all cost the same."""
        return len(self._fees(slot_id)) == 1

    @property
    def slots_by_fee(self) -> list[list[int]]:
        """The slots that cost the same, together; nothing where all do."""
        by_fee: dict[int, list[int]] = {}
        for slot in self.slots:
            by_fee.setdefault(slot.method.fee, []).append(slot.id)
        return list(by_fee.values()) if len(by_fee) > 1 else []

    def _fees(self, slot_id: int | None) -> list[int]:
        chosen = {slot.method.fee for slot in self.slots if slot.id == slot_id}
        return sorted(chosen or {slot.method.fee for slot in self.slots})
