"""Let the shops of the demonstration sell: harvests, cycles and orders, each planned at its own instant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from coopcircuits import clock, jobs
from coopcircuits.db import Database
from coopcircuits.demo.dice import dice
from coopcircuits.demo.months import NAMES
from coopcircuits.demo.timeline import Timeline
from coopcircuits.period import Month
from orders.demo import shopping
from orders.demo.calendar import Sale, opened_early, sales, weekly
from orders.demo.customer import Customer, Market, Orders
from orders.offer import queries as offers
from orders.order_cycle.services import open_cycle
from orders.order_cycle.slots import slots_after
from shops.delivery import queries as delivery
from shops.demo.territory import Place, Territory
from shops.fee import queries as fees
from shops.product.services import VariantChange, edit_variants
from shops.stock import queries as stock

#: Shops that are shown between two sales when the calendar has it so; the others are open whenever the demo starts.
_MAY_BE_CLOSED = ("truites-de-la-source-vive", "musette-des-boutieres")
#: Of the people who will buy in the sale that is open now, the part that has done so already.
_EAGER = 0.8
_PLANNED_AHEAD = timedelta(days=2)
#: Thursday, before the first shop of the week opens.
_HARVEST_DAY, _HARVEST_TIME = 3, time(18, 30)


class Season:
    """Plans everything that is sold from ``since`` to ``now``."""

    def __init__(
        self,
        database: Database,
        timeline: Timeline,
        territory: Territory,
        orders: Orders,
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        self._database, self._timeline, self._territory, self._orders = database, timeline, territory, orders
        self._since, self._now = since, now

    def plan(self) -> None:
        """Put harvests and sales on the timeline; orders follow as each sale opens."""
        for farm in self._territory.farms.values():
            for instant in weekly(_HARVEST_DAY, _HARVEST_TIME, farm.zone, since=self._since, until=self._now):
                self._timeline.at(instant, self._harvest_of(farm, instant))
            self._timeline.at(self._since - timedelta(days=6), self._harvest_of(farm, self._since))
        for shop in self._territory.shops.values():
            rhythm = shop.told["cycle"]
            planned = sales(rhythm, shop.zone, since=self._since, now=self._now)
            if shop.key not in _MAY_BE_CLOSED:
                planned = opened_early(planned, self._now)
            for sale in planned:
                self._plan_sale(shop, sale)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self._database.transaction() as session:
            yield session

    # ---- harvests

    def _harvest_of(self, farm: Place, instant: datetime) -> Callable[[], None]:
        return lambda: self._harvest(farm, instant)

    def _harvest(self, farm: Place, instant: datetime) -> None:
        """The producer counts what ran low, what begins and what ended; a bad or a good week for a few."""
        day = clock.local_date(instant, farm.zone)
        counted = [shelf for shelf in self._territory.shelves if shelf.producer == farm.key and shelf.usual is not None]
        with self._transaction() as session:
            levels = stock.levels(session, [shelf.variant_id for shelf in counted])
            changes = []
            for shelf in counted:
                chance, usual, shown = (
                    dice("harvest", shelf.sku, day),
                    shelf.usual or 0,
                    levels[shelf.variant_id].on_hand,
                )
                wanted = shown
                if not shelf.in_season(day.month):
                    wanted = 0
                elif chance.random() < 0.03:
                    wanted = chance.randrange(4)
                elif shown < usual * 0.5:
                    wanted = round(usual * chance.uniform(0.8, 1.2))
                if wanted != shown:
                    changes.append(VariantChange(shelf.variant_id, "on_hand", shown, wanted))
            if changes:
                edit_variants(session, actor=farm.owner, producer_id=farm.id, changes=changes)

    # ---- sales

    def _plan_sale(self, shop: Place, sale: Sale) -> None:
        announced = min(sale.opens_at - _PLANNED_AHEAD, self._now - timedelta(hours=3))
        self._timeline.at(announced, lambda: self._announce(shop, sale))
        if sale.closes_at <= self._now:
            self._timeline.at(sale.closes_at, lambda: jobs.run_once("orders.close_cycles"))

    def _announce(self, shop: Place, sale: Sale) -> None:
        """Plan the cycle as the shop would on its page, then let its people shop in it."""
        month = clock.local_date(sale.closes_at, shop.zone).month
        suppliers = shop.told["suppliers"]
        shelves = [s for s in self._territory.shelves if s.producer in suppliers and s.in_season(month)]
        if not shelves:
            return
        with self._transaction() as session:
            points = delivery.pickup_points(session, shop.id)
            slots = slots_after([span for point in points for span in point.hours], sale.closes_at, shop.zone)
            cycle = open_cycle(
                session,
                actor=shop.worker("manager"),
                shop_id=shop.id,
                name=_name(slots[0].starts_at, shop.zone),
                opens_at=sale.opens_at,
                closes_at=sale.closes_at,
                variant_ids=[shelf.variant_id for shelf in shelves],
                slots=slots,
                fee_ids=[fee.id for fee in fees.fees_of(session, shop.id)],
            )
            items = [
                shopping.Item(offer.id, offer.variant_id, offer.price)
                for offer in offers.offers_of(session, cycle_id=cycle.id)
            ]
        self._invite(shop, sale, Market(shop, cycle.id, sale, items))

    def _invite(self, shop: Place, sale: Sale, market: Market) -> None:
        present, then = Month.of(self._now, shop.zone), Month.of(sale.closes_at, shop.zone)
        months_ago = (present.year - then.year) * 12 + present.number - then.number
        for person in self._territory.shoppers:
            if shop.key not in person.told["shops"]:
                continue
            chance = dice("order", person.email, shop.key, sale.closes_at.date())
            if not shopping.buys(person.told, shop.key, months_ago=max(months_ago, 0), chance=chance):
                continue
            if instant := shopping.moment(self._remembered(sale, chance), shop.zone, chance):
                customer = Customer(person, market, chance)
                self._timeline.at(instant, self._order_of(customer))

    def _remembered(self, sale: Sale, chance: Random) -> Sale:
        """The sale as people see it; of the one that is open now most have ordered already, so that there is something
        to look at."""
        if sale.opens_at < self._now < sale.closes_at and chance.random() < _EAGER:
            return replace(sale, closes_at=self._now)
        return sale

    def _order_of(self, customer: Customer) -> Callable[[], None]:
        return lambda: self._orders.place(customer)


def _name(first_pickup: datetime, zone: str) -> str:
    day = clock.local_date(first_pickup, zone)
    return f"Retrait du {'1er' if day.day == 1 else day.day} {NAMES[day.month - 1]}"
