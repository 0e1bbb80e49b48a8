"""A hundred thousand lives of orders: what the database counts is the definition, to the cent."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing.turnover import queries
from billing.turnover.definition import Moment, OrderLife, turnover_by_month
from billing.turnover.queries import Span
from coopcircuits.db import Database
from coopcircuits.demo.bulk import moment, writing
from coopcircuits.money import NOTHING, TaxedMoney
from orders.sale.models import SaleEntry, SaleKind
from tests.support.billing import Till
from tests.support.people import make_user

LIVES = 100_000
#: Summer time begins and ends in some of them, at midnight in one, and months end hours apart.
ZONES = ("Europe/Paris", "Africa/Cairo", "America/Martinique", "Pacific/Auckland", "Indian/Reunion")
Told = tuple[OrderLife, list[str]]


def instants(dice: random.Random, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    """One to four instants, oldest first, with the month that a calendar on the shop's wall shows."""
    found = []
    for _ in range(dice.choice((1, 1, 2, 2, 3, 4))):
        wall = datetime(2026, dice.randint(9, 12), dice.randint(1, 28)) + timedelta(minutes=dice.randrange(120 * 1440))  # noqa: DTZ001 - a wall knows no zone
        if dice.random() < 0.3:  # around midnight of the first
            wall = datetime(wall.year, wall.month, 1) + timedelta(minutes=dice.randrange(-180, 180))  # noqa: DTZ001 - as above
        instant = wall.replace(tzinfo=zone, fold=dice.randrange(2)).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:  # else the hour was left out for summer time
            found.append((instant, f"{wall:%Y-%m}"))
    return sorted(found)


def amount(dice: random.Random, most: int) -> TaxedMoney:
    return TaxedMoney.from_gross(dice.randrange(most), dice.choice((550, 2_000)))


def lives(dice: random.Random) -> Iterator[Told]:
    """Orders that are sold, then changed, refunded or cancelled, with all that comes on top."""
    zones = {zone: ZoneInfo(zone) for zone in ZONES}
    for _ in range(LIVES):
        zone = dice.choice(ZONES)
        when = instants(dice, zones[zone])
        moments = [
            Moment(
                at,
                goods=NOTHING if number and dice.random() < 0.2 else amount(dice, 90_000),
                vouchers=amount(dice, 2_000) if dice.random() < 0.1 else NOTHING,
                deposits=dice.randrange(500),
                tips=dice.randrange(300),
                top_ups=dice.choice((0, 5_000)),
            )
            for number, (at, _month) in enumerate(when)
        ]
        yield OrderLife(dice.random() < 0.9, zone, moments), [month for _at, month in when]


def test_the_query_is_the_definition(database: Database) -> None:
    with database.transaction() as session:
        owner = make_user(session).id
        tills = {zone: Till(session, owner_id=owner, zone=zone) for zone in ZONES}
        shops = {zone: till.shop.id for zone, till in tills.items()}
        orders = {
            (zone, online): till.order(online=online).id for zone, till in tills.items() for online in (True, False)
        }
    expected: Counter[tuple[str, int, str]] = Counter()
    with writing(database) as bulk:
        columns = ("order_id", "shop_id", "kind", "at", "month", "online", "gross", "net", "tax", "deposits")
        entries = bulk.table(SaleEntry, "id", *columns, currency="EUR", taxes={}, actor="guest")
        for life, months in lives(random.Random(100)):  # noqa: S311 - draws cases, guards nothing
            shop = shops[life.zone]
            for month, counted in turnover_by_month(life).items():
                expected[str(month), shop, "net"] += counted.net
                expected[str(month), shop, "tax"] += counted.tax
            sold = [NOTHING, *(each.sold for each in life.moments)]
            for number, (each, month, (before, after)) in enumerate(
                zip(life.moments, months, pairwise(sold), strict=True)
            ):
                entry = after - before
                kind = SaleKind.CHANGE if number else SaleKind.SALE
                if life.online:
                    expected[month, shop, "orders"] += not number
                    expected[month, shop, "refunds"] += entry.gross < 0
                entries.add(
                    entries.next_id(),
                    orders[life.zone, life.online],
                    *(shop, kind.value, moment(each.at), month, life.online),
                    *(entry.gross, entry.net, entry.tax, each.deposits),
                )
    found: Counter[tuple[str, int, str]] = Counter()
    with database.reading() as session:
        for period in {month for month, _shop, _what in expected}:
            for shop, counted_by_query in queries.turnover_by_shop(session, Span(period), currency="EUR").items():
                for what in ("net", "tax", "orders", "refunds"):
                    found[period, shop, what] += getattr(counted_by_query, what)
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }
