"""Many sales of grown shops over two years, for measuring: written in bulk, true to every rule."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from coopcircuits import clock
from coopcircuits.demo.bulk import Bulk, moment
from coopcircuits.demo.dice import dice
from coopcircuits.events.models import Event
from coopcircuits.money import NOTHING, TaxedMoney
from coopcircuits.references import new_secret, plain
from coopcircuits.site import Site
from orders.offer.models import Offer
from orders.order.models import Order, OrderLine, OrderState, Origin
from orders.order_cycle.models import OrderCycle, Slot
from orders.payment.models import Payment, PaymentState
from orders.sale.models import SaleEntry, SaleKind
from shops.demo.growing import Buyer, Good, GrownShop, share
from shops.payment_method.models import PaymentKind
from shops.product.models import Category, UnitKind
from shops.product.units import comparison
from shops.stock.models import MoveReason, StockMove

SPAN = timedelta(days=730)
#: Orders in a sale, about; a shop has at most one sale a week.
_ORDERS_A_SALE, _MOST_SALES = 12, 104
_CANCELLED, _REGRET = 0.03, timedelta(hours=2)
_PAID = {
    OrderState.PLACED: PaymentState.PENDING,
    OrderState.COLLECTED: PaymentState.PAID,
    OrderState.CANCELLED: PaymentState.CANCELLED,
}
_AISLES = {category: number for number, category in enumerate(Category)}


@dataclass(frozen=True, slots=True)
class _Planned:
    """An order before it is written; ``lines`` are goods with their place among the shop's and their quantity."""

    at: datetime
    buyer: Buyer
    lines: Sequence[tuple[int, Good, int]]
    cancelled: bool


def grow_orders(
    bulk: Bulk,
    site: Site,
    rates: Mapping[str, int],
    shops: Sequence[GrownShop],
    *,
    orders: int,
    now: datetime,
    show: Callable[[float], None],
) -> None:
    """Share ``orders`` among ``shops`` over the time before ``now``, sale by sale in the order of time.

    ``rates`` are basis points by tax category. The last sale of each shop is open.
    """
    grower = _Grower(bulk, site, rates, now)
    each = orders // len(shops)
    sales = max(1, min(_MOST_SALES, each // _ORDERS_A_SALE))
    for sale in range(sales):
        for number, shop in enumerate(shops):
            own = share(orders, len(shops), number)
            if shop.goods and shop.buyers:
                grower.sell(shop, sale=sale, of=sales, orders=share(own, sales, sale))
            if number % 50 == 0:
                show((sale + number / len(shops)) / sales)


class _Grower:
    def __init__(self, bulk: Bulk, site: Site, rates: Mapping[str, int], now: datetime) -> None:
        self._site, self._rates, self._now, self._chance = site, rates, now, dice("grow orders")
        self._cycles = bulk.table(
            OrderCycle, *("id", "reference", "shop_id", "name", "opens_at", "closes_at", "processed_at", "created_at")
        )
        self._offers = bulk.table(
            Offer,
            *("id", "cycle_id", "variant_id", "product_id", "producer_id", "product_name", "variant_name"),
            *("producer_name", "category", "drawing", "unit_kind", "unit_value", "unit_name", "base_price", "price"),
            *("comparison_price", "tax_rate_bp", "sort_key", "closes_at"),
            labels=[],
            fees=[],
            is_alcohol=False,
        )
        self._slots = bulk.table(Slot, "id", "cycle_id", "method_id", "starts_at", "ends_at", "taken")
        self._orders = bulk.table(
            Order,
            *("id", "reference", "link_secret", "checkout_key", "shop_id", "cycle_id", "customer_id", "state"),
            *("customer_name", "email", "slot_id", "pickup_address", "pickup_from", "pickup_until"),
            *("payment_kind", "items_total", "total", "tax_total", "created_at", "placed_at", "collected_at"),
            "cancelled_at",
            origin=Origin.ONLINE,
            language="fr",
            currency=site.currency,
            phone="",
            pickup_name="À la ferme",
            delivery_fee=0,
        )
        self._lines = bulk.table(
            OrderLine,
            *("id", "order_id", "offer_id", "variant_id", "producer_id", "product_name", "variant_name"),
            *("producer_name", "drawing", "unit_kind", "unit_value", "unit_name", "base_price", "unit_price"),
            *("tax_rate_bp", "quantity", "total", "tax"),
            fees=[],
        )
        self._payments = bulk.table(
            Payment,
            *("id", "order_id", "shop_id", "kind", "state", "amount", "idempotency_key", "created_at", "paid_at"),
            currency=site.currency,
        )
        self._entries = bulk.table(
            SaleEntry,
            *("id", "order_id", "shop_id", "kind", "at", "month", "gross", "net", "tax", "taxes"),
            online=True,
            currency=site.currency,
            actor="guest",
        )
        self._moves = bulk.table(
            StockMove, *("id", "variant_id", "delta", "on_hand_after", "reason", "order_id", "at"), actor="guest"
        )
        self._events = bulk.table(
            Event, *("id", "name", "at", "subject_id", "payload", "dispatched_at"), actor="guest", subject_type="order"
        )

    # ---- one sale

    def sell(self, shop: GrownShop, *, sale: int, of: int, orders: int) -> None:
        """One cycle of one shop with its orders."""
        length, is_open = SPAN / of, sale == of - 1
        opens_at = self._now - SPAN + length * sale
        closes_at = self._now + timedelta(days=3) if is_open else opens_at + length * 0.97
        until = min(closes_at, self._now)
        planned = sorted(
            (self._plan(shop, opens_at + (until - opens_at) * self._chance.random()) for _ in range(orders)),
            key=lambda order: order.at,
        )
        cycle_id = self._cycle(shop, opens_at, closes_at, is_open=is_open)
        offers = [self._offer(shop, cycle_id, good, moment(closes_at)) for good in shop.goods]
        starts_at = closes_at + timedelta(days=1)
        slot_id = self._slots.next_id()
        pickup = (slot_id, moment(starts_at), moment(starts_at + timedelta(hours=2)))
        live = sum(not order.cancelled for order in planned)
        self._slots.add(slot_id, cycle_id, shop.method_id, *pickup[1:], live)
        self._count(planned, opens_at, sign=1)
        for order in planned:
            self._order(shop, cycle_id, offers, pickup, order, is_open=is_open)
        self._count([order for order in planned if order.cancelled], until, sign=-1)

    def _plan(self, shop: GrownShop, at: datetime) -> _Planned:
        chance = self._chance
        wanted = min(chance.choice((2, 3, 3, 4)), len(shop.goods))
        chosen = chance.sample(range(len(shop.goods)), wanted)
        lines = [(place, shop.goods[place], chance.choice((1, 1, 1, 2, 3))) for place in chosen]
        return _Planned(at, chance.choice(shop.buyers), lines, chance.random() < _CANCELLED)

    def _count(self, planned: Sequence[_Planned], at: datetime, *, sign: int) -> None:
        """Put on the counted shelves what will be sold, or take away what came back, so that as much is left as
        before."""
        sold: Counter[int] = Counter()
        goods: dict[int, Good] = {}
        for order in planned:
            for _, good, quantity in order.lines:
                if good.counted:
                    sold[good.variant_id] += quantity
                    goods[good.variant_id] = good
        for variant_id, quantity in sold.items():
            self._move(goods[variant_id], sign * quantity, MoveReason.COUNTED, None, moment(at))

    def _move(self, good: Good, delta: int, reason: MoveReason, order_id: int | None, at: str) -> None:
        good.left += delta
        self._moves.add(self._moves.next_id(), good.variant_id, delta, good.left, reason.value, order_id, at)

    def _cycle(self, shop: GrownShop, opens_at: datetime, closes_at: datetime, *, is_open: bool) -> int:
        id, opens, closes = self._cycles.next_id(), moment(opens_at), moment(closes_at)
        name = f"Vente du {clock.local_date(opens_at, self._site.zone):%d/%m/%Y}"
        self._cycles.add(id, _reference(id), shop.id, name, opens, closes, None if is_open else closes, opens)
        return id

    def _offer(self, shop: GrownShop, cycle_id: int, good: Good, closes_at: str) -> int:
        id = self._offers.next_id()
        self._offers.add(
            *(id, cycle_id, good.variant_id, good.product_id, shop.id, good.product_name, good.variant_name),
            *(shop.name, good.category.value, good.drawing, good.unit_kind, good.unit_value, good.unit_name),
            *(good.price, good.price, _comparison(good.price, good.unit_kind, good.unit_value)),
            *(self._rates[good.tax_category], f"{_AISLES[good.category]:02d} {plain(good.product_name)} 000"),
            closes_at,
        )
        return id

    # ---- one order

    def _order(
        self,
        shop: GrownShop,
        cycle_id: int,
        offers: Sequence[int],
        pickup: tuple[int, str, str],
        order: _Planned,
        *,
        is_open: bool,
    ) -> None:
        id, at = self._orders.next_id(), moment(order.at)
        taxes: dict[int, TaxedMoney] = {}
        for _, good, quantity in order.lines:
            rate = self._rates[good.tax_category]
            taxes[rate] = taxes.get(rate, NOTHING) + _taxed(good.price * quantity, rate)
        whole = sum(taxes.values(), NOTHING)
        state = OrderState.CANCELLED if order.cancelled else OrderState.PLACED if is_open else OrderState.COLLECTED
        cancelled = min(order.at + _REGRET, self._now) if order.cancelled else None
        self._head(shop, cycle_id, pickup, order, id=id, state=state, amount=whole, cancelled=cancelled)
        self._write_lines(shop, offers, order, id, at, cancelled)
        self._enter(shop.id, id, taxes, SaleKind.SALE, order.at)
        self._tell("OrderPlaced", shop.id, id, whole.gross, at)
        if cancelled:
            back = {rate: -part for rate, part in taxes.items()}
            self._enter(shop.id, id, back, SaleKind.CANCELLATION, cancelled)
            self._tell("OrderCancelled", shop.id, id, whole.gross, moment(cancelled))

    def _head(
        self,
        shop: GrownShop,
        cycle_id: int,
        pickup: tuple[int, str, str],
        order: _Planned,
        *,
        id: int,
        state: OrderState,
        amount: TaxedMoney,
        cancelled: datetime | None,
    ) -> None:
        """The order and its payment."""
        slot_id, starts_at, ends_at = pickup
        at, buyer = moment(order.at), order.buyer
        kind = PaymentKind.CHEQUE if buyer.id % 3 == 0 else PaymentKind.ON_COLLECTION
        collected_at = starts_at if state is OrderState.COLLECTED else None
        self._orders.add(
            *(id, _reference(id), new_secret(), f"grown-{id}", shop.id, cycle_id, buyer.id, state.value),
            *(buyer.name, buyer.email, slot_id, f"{shop.place.postcode} {shop.place.commune}", starts_at, ends_at),
            *(kind.value, amount.gross, amount.gross, amount.tax, at, at, collected_at),
            moment(cancelled) if cancelled else None,
        )
        self._payments.add(
            *(self._payments.next_id(), id, shop.id, kind.value, _PAID[state].value, amount.gross, f"grown-{id}", at),
            collected_at,
        )

    def _write_lines(
        self,
        shop: GrownShop,
        offers: Sequence[int],
        order: _Planned,
        order_id: int,
        at: str,
        cancelled: datetime | None,
    ) -> None:
        for place, good, quantity in order.lines:
            rate, total = self._rates[good.tax_category], good.price * quantity
            self._lines.add(
                *(self._lines.next_id(), order_id, offers[place], good.variant_id, shop.id, good.product_name),
                *(good.variant_name, shop.name, good.drawing, good.unit_kind, good.unit_value, good.unit_name),
                *(good.price, good.price, rate, quantity, total, _taxed(total, rate).tax),
            )
            if good.counted:
                self._move(good, -quantity, MoveReason.ORDERED, order_id, at)
                if cancelled:
                    self._move(good, quantity, MoveReason.CANCELLED, order_id, moment(cancelled))

    def _enter(
        self, shop_id: int, order_id: int, taxes: Mapping[int, TaxedMoney], kind: SaleKind, at: datetime
    ) -> None:
        month = clock.local(at, self._site.zone).strftime("%Y-%m")
        whole = sum(taxes.values(), NOTHING)
        split = {str(rate): [part.net, part.tax] for rate, part in sorted(taxes.items())}
        self._entries.add(
            *(self._entries.next_id(), order_id, shop_id, kind.value, moment(at), month),
            *(whole.gross, whole.net, whole.tax, json.dumps(split)),
        )

    def _tell(self, name: str, shop_id: int, order_id: int, total: int, at: str) -> None:
        payload = f'{{"order_id": {order_id}, "shop_id": {shop_id}, "total": {total}}}'
        self._events.add(self._events.next_id(), name, at, order_id, payload, at)


def _reference(number: int) -> str:
    """Nine characters for a number, scattered: longer than the references of other rows, so never one of theirs."""
    return f"{number * 0x9E3779B1 % 2**36:09X}"


@lru_cache(maxsize=65_536)
def _taxed(gross: int, rate_bp: int) -> TaxedMoney:
    return TaxedMoney.from_gross(gross, rate_bp)


@lru_cache(maxsize=65_536)
def _comparison(price: int, kind: str, value: int) -> int:
    return comparison(price, UnitKind(kind), value)
