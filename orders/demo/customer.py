"""One order of the demonstration from basket to hand-over, with what sometimes happens in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from coopcircuits import clock, jobs
from coopcircuits.db import Database
from coopcircuits.demo.dice import dice
from coopcircuits.demo.timeline import Timeline
from coopcircuits.errors import DomainError
from coopcircuits.payments.gateway import Gateway
from coopcircuits.references import new_secret
from orders.cart import services as carts
from orders.cart.owner import Owner
from orders.checkout.queries import slots_to_choose
from orders.checkout.services import Contact, place_order
from orders.demo import shopping
from orders.demo.calendar import Sale
from orders.order import queries, services
from orders.order.models import Order, OrderState
from orders.order_cycle.models import Slot
from orders.payment import provider
from orders.payment import queries as payment_queries
from orders.payment import services as payments
from orders.payment.models import PaymentState, RefundState
from orders.payment.services import CARD_HOLD
from shops.demo.territory import Person, Place
from shops.payment_method.models import PaymentKind

_OFFLINE = {
    "cash": PaymentKind.ON_COLLECTION,
    "meal_voucher": PaymentKind.ON_COLLECTION,
    "cheque": PaymentKind.CHEQUE,
    "transfer": PaymentKind.TRANSFER,
}
_GOODWILL = (
    "Barquette abîmée pendant le transport",
    "Il manquait un pot dans la cagette",
    "Salade trop montée, avec nos excuses",
    "Pesée plus légère que prévu",
)
_GIVEN_UP_BY_SHOP = "Commande non retirée, produits remis en vente"


@dataclass(frozen=True)
class Market:
    """One sale of one shop with what lies on its shelf."""

    shop: Place
    cycle_id: int
    sale: Sale
    items: Sequence[shopping.Item]


@dataclass(frozen=True)
class Customer:
    """A person in one sale; their dice decide on everything."""

    person: Person
    market: Market
    chance: Random


@dataclass(frozen=True)
class Till:
    """The payment provider and its customers' hands: ``pay`` tries a card on a page, both given by their number;
    ``complete_account`` fills in a shop's account."""

    gateway: Gateway
    base_url: str
    pay: Callable[[str, str], object]
    complete_account: Callable[[str], object]


GOOD_CARD, EMPTY_CARD = "4242424242424242", "4000000000009995"


class Orders:
    """Places orders and plans what becomes of them; ``variant_ids`` is all that can ever be bought."""

    def __init__(self, database: Database, timeline: Timeline, till: Till | None, variant_ids: Sequence[int]) -> None:
        self._database, self._timeline, self._till = database, timeline, till
        self._variant_ids = sorted(variant_ids)
        self._liking: dict[str, dict[int, float]] = {}
        self.placed = 0

    # ---- ordering

    def place(self, customer: Customer) -> None:
        """Fill a basket and order it; whoever finds the shelf empty or the slot full gives up."""
        person, market, chance = customer.person, customer.market, customer.chance
        basket = shopping.fill(market.items, self._tastes_of(person), person.told["basket"], chance)
        if not basket:
            return
        owner = Owner(user_id=person.user_id) if person.user_id else Owner(visitor=new_secret()[:32])
        kind = self._payment_kind(customer)
        try:
            with self._database.transaction() as session:
                cart = carts.put(
                    session, owner=owner, shop_id=market.shop.id, cycle_id=market.cycle_id, quantities=basket
                ).cart
                slot = _favourite_slot(slots_to_choose(session, cycle_id=market.cycle_id), customer)
                order = place_order(
                    session,
                    actor=person.actor,
                    cart_id=cart.id,
                    checkout_key=cart.checkout_key,
                    cart_version=cart.version,
                    contact=Contact(person.name, person.email, person.told["phone"]),
                    slot_id=slot.id,
                    payment_kind=kind,
                    note=person.told.get("note", "") if chance.random() < 0.25 else "",
                    language="fr",
                )
                collected_at = slot.starts_at + (slot.ends_at - slot.starts_at) * chance.random()
        except DomainError:
            return
        self.placed += 1
        now = order.created_at
        if kind is PaymentKind.CARD:
            self._pay_by_card(customer, order.id, now)
        self._plan_life(customer, order.id, now, collected_at)

    def _tastes_of(self, person: Person) -> dict[int, float]:
        if person.email not in self._liking:
            self._liking[person.email] = shopping.tastes(self._variant_ids, dice("taste", person.email))
        return self._liking[person.email]

    def _payment_kind(self, customer: Customer) -> PaymentKind:
        """Everybody has a habit in each shop; many pay by card where they can."""
        accepted, habit = customer.market.shop.told["payments"], dice("habit", customer.person.email)
        if "card" in accepted and self._till and habit.random() < 0.42:
            return PaymentKind.CARD
        return _OFFLINE[habit.choice([key for key in accepted if key != "card"])]

    # ---- cards

    def _pay_by_card(self, customer: Customer, order_id: int, now: datetime) -> None:
        till = self._till
        if till is None:
            return
        provider.open_page(self._database, till.gateway, order_id=order_id, base_url=till.base_url)
        with self._database.reading() as session:
            payment = payment_queries.card_payment(session, order_id=order_id)
        if payment is None or payment.checkout_id is None:
            return
        chance, page, at = customer.chance, payment.checkout_id, now + timedelta(seconds=50)
        look = partial(provider.look_again, self._database, till.gateway, payment_id=payment.id)
        if chance.random() < 0.02:  # the page is left open and ends by itself
            self._timeline.at(now + CARD_HOLD + timedelta(minutes=1), look)
            return
        if chance.random() < 0.05:
            self._timeline.at(at, partial(till.pay, page, EMPTY_CARD))
        at += timedelta(seconds=chance.randrange(20, 200))
        self._timeline.at(at, partial(till.pay, page, GOOD_CARD))
        self._timeline.at(at + timedelta(seconds=2), look)

    # ---- afterwards

    def _plan_life(self, customer: Customer, order_id: int, now: datetime, collected_at: datetime) -> None:
        chance, closes_at = customer.chance, customer.market.sale.closes_at
        in_time = now + (closes_at - now) * chance.uniform(0.3, 0.95)
        fate = chance.random()
        if fate < 0.04:
            self._timeline.at(in_time, partial(self._cancel, customer, order_id))
        elif fate < 0.11:
            self._timeline.at(in_time, partial(self._change, customer, order_id))
        if chance.random() < 0.025:
            noticed = collected_at + timedelta(days=chance.randrange(2, 9))
            self._timeline.at(noticed, partial(self._give_up, customer, order_id))
            return
        self._timeline.at(collected_at, partial(self._hand_over, customer, order_id))
        if chance.random() < 0.03:
            self._timeline.at(collected_at + timedelta(hours=3), partial(self._refund_part, customer, order_id))

    def _cancel(self, customer: Customer, order_id: int) -> None:
        with self._database.transaction() as session:
            if queries.lock_order(session, order_id).state is OrderState.PLACED:
                services.cancel(session, order_id=order_id, actor=customer.person.actor)
        self._send_refunds(customer)

    def _change(self, customer: Customer, order_id: int) -> None:
        """One thing less, or one more where that can be paid."""
        chance = customer.chance
        try:
            with self._database.transaction() as session:
                order = queries.lock_order(session, order_id)
                lines = queries.lines_of(session, order_id=order_id)
                line = chance.choice(lines)
                more = order.payment_kind is not PaymentKind.CARD and chance.random() < 0.5
                wanted = {line.id: line.quantity + 1 if more else line.quantity - 1}
                if order.state is OrderState.PLACED:
                    total = services.plan_change(order, lines, wanted).after.total
                    services.change_quantities(
                        session, order_id=order_id, quantities=wanted, agreed_total=total, actor=customer.person.actor
                    )
        except DomainError:  # nothing would be left, or there is no more of it
            return
        self._send_refunds(customer)

    def _hand_over(self, customer: Customer, order_id: int) -> None:
        """The shop takes the money that is still due, and the order is collected."""
        shop = customer.market.shop
        actor = shop.worker("packing", "orders", "manager")
        with self._database.transaction() as session:
            if queries.lock_order(session, order_id).state is not OrderState.PLACED:
                return
            for payment in payment_queries.payments_of(session, order_id=order_id):
                if payment.state is PaymentState.PENDING and payment.kind is not PaymentKind.CARD:
                    payments.receive(session, payment_id=payment.id, shop_id=shop.id, actor=actor)
            services.mark_collected(session, order_id=order_id, shop_id=shop.id, actor=actor)

    def _give_up(self, customer: Customer, order_id: int) -> None:
        shop = customer.market.shop
        with self._database.transaction() as session:
            if queries.lock_order(session, order_id).state is OrderState.PLACED:
                services.cancel(
                    session, order_id=order_id, actor=shop.worker("manager"), reason=_GIVEN_UP_BY_SHOP, by_shop=True
                )
        self._send_refunds(customer)

    def _refund_part(self, customer: Customer, order_id: int) -> None:
        shop, chance = customer.market.shop, customer.chance
        actor = shop.worker("orders", "manager")
        with self._database.transaction() as session:
            order: Order = queries.lock_order(session, order_id)
            if order.state is not OrderState.COLLECTED:
                return
            payments.refund_part(
                session,
                order_id=order_id,
                shop_id=shop.id,
                amount=max(order.total * chance.randrange(8, 25) // 100, 50),
                reason=chance.choice(_GOODWILL),
                actor=actor,
            )
            for refund in payment_queries.refunds_of(session, order_id=order_id):
                if refund.state is RefundState.REQUESTED and refund.payment.kind is not PaymentKind.CARD:
                    payments.confirm_refund(session, refund_id=refund.id, shop_id=shop.id, actor=actor)
        self._send_refunds(customer)

    def _send_refunds(self, customer: Customer) -> None:
        if self._payment_kind(customer) is PaymentKind.CARD:
            self._timeline.at(clock.now() + timedelta(seconds=40), partial(jobs.run_once, "orders.send_refunds"))


def _favourite_slot(slots: Sequence[Slot], customer: Customer) -> Slot:
    """The place nearest to home and a time out of habit; another one when it is full."""
    home, habit = customer.person.told["commune"], dice("slot", customer.person.email)
    liked = sorted(slots, key=lambda slot: (slot.method.city != home, habit.random()))
    return next((slot for slot in liked if slot.capacity is None or slot.taken < slot.capacity), liked[0])
