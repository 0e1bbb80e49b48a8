"""How the people of the demonstration shop: when, how much, what they like. Pure chance from given dice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from coopcircuits import clock
from orders.demo.calendar import Sale
from shops.demo.content import Told

#: How likely somebody of each rhythm buys in a weekly sale.
_RHYTHM = {"weekly": 0.86, "fortnightly": 0.47, "monthly": 0.24, "now_and_then": 0.12}
#: In their second shop people buy less often.
_SECOND_SHOP = 0.45
#: Minor units, tax included.
_BASKET = {"small": 1500, "medium": 3000, "large": 6000}
#: When people order: by hour of the day on their clock.
_HOURS = {7: 3, 8: 4, 9: 4, 10: 4, 11: 4, 12: 7, 13: 6, 14: 3, 15: 3, 16: 3, 17: 4, 18: 6, 19: 6, 20: 10, 21: 12, 22: 7}
#: Liveliness of the shops month by month, ending with the present one; summer is quiet, one shop wilts, one blooms.
_MONTHS = (0.9, 0.72, 1.05, 1.0, 1.0)
_MONTHS_OF = {
    "simples-du-veymont": (1.3, 1.1, 1.2, 0.35, 0.9),
    "musette-des-boutieres": (0.7, 0.5, 0.6, 1.6, 1.3),
}


@dataclass(frozen=True)
class Item:
    """One offer as a shopper sees it; ``price`` in minor units, tax included."""

    offer_id: int
    variant_id: int
    price: int


def buys(shopper: Told, shop: str, *, months_ago: int, chance: Random) -> bool:
    """Whether a person buys in one sale of one of their shops."""
    months = _MONTHS_OF.get(shop, _MONTHS)
    likely = _RHYTHM[shopper["rhythm"]] * months[max(len(months) - 1 - months_ago, 0)]
    return chance.random() < likely * (1 if shopper["shops"][0] == shop else _SECOND_SHOP)


def moment(sale: Sale, zone: str, chance: Random) -> datetime | None:
    """When in a sale a person orders: by day, often just after it opens or in its last evening."""
    length = sale.closes_at - sale.opens_at
    for _try in range(30):
        part = chance.choices((chance.uniform(0, 0.25), chance.random(), chance.uniform(0.8, 1)), (3, 4, 3))[0]
        day = clock.local_date(sale.opens_at + length * part, zone)
        hour = chance.choices(list(_HOURS), list(_HOURS.values()))[0]
        instant = clock.at_local(day, hour, chance.randrange(60), zone) + timedelta(seconds=chance.randrange(60))
        if sale.opens_at + timedelta(minutes=2) < instant < sale.closes_at - timedelta(minutes=20):
            return instant
    return None


def tastes(variant_ids: Sequence[int], chance: Random) -> dict[int, float]:
    """How much a person likes each thing: a few a lot, most of them little."""
    return {variant_id: chance.random() ** 3 + 0.02 for variant_id in variant_ids}


def fill(items: Sequence[Item], liking: Mapping[int, float], size: str, chance: Random) -> dict[int, int]:
    """A basket of about the person's usual size: offer id to quantity."""
    aim = int(_BASKET[size] * chance.uniform(0.7, 1.3))
    wanted = sorted(items, key=lambda item: chance.random() ** (1 / liking[item.variant_id]), reverse=True)
    basket: dict[int, int] = {}
    left = aim
    for item in wanted:
        if item.price > max(left, aim // 8) or item.price > aim * 0.6:
            continue
        most = 3 if item.price < 400 else 2
        quantity = min(chance.choices((1, 2, 3), (14, 4, 1))[0], most, max(left // item.price, 1))
        basket[item.offer_id] = quantity
        left -= quantity * item.price
        if left < aim // 12:
            break
    return basket
