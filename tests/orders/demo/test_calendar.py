"""Whenever the demonstration is started, its shops are open or about to open."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from orders.demo.calendar import opened_early, sales
from shops.demo import content

ZONE = "Europe/Paris"
SINCE = datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
WEEK = [datetime(2026, 11, 16, hour, 5, tzinfo=UTC) + timedelta(days=day) for day in range(7) for hour in (0, 7, 19)]


@pytest.mark.parametrize("now", WEEK, ids=lambda now: f"{now:%a-%H}")
@pytest.mark.parametrize("shop", content.shops(), ids=lambda shop: shop["permalink"])
def test_a_shop_sells_at_any_moment(shop: content.Told, now: datetime) -> None:
    found = opened_early(sales(shop["cycle"], ZONE, since=SINCE, now=now), now)
    assert all(SINCE <= sale.opens_at < sale.closes_at for sale in found)
    assert [sale.closes_at for sale in found] == sorted({sale.closes_at for sale in found})
    assert sum(sale.opens_at <= now < sale.closes_at for sale in found) == 1
    assert sum(sale.opens_at > now for sale in found) == 1
    gaps = {round((b.closes_at - a.closes_at) / timedelta(days=1)) for a, b in pairwise(found)}
    assert gaps == {7 * shop["cycle"]["every_weeks"]}
    assert max(sale.closes_at for sale in found if sale.opens_at <= now) <= now + timedelta(days=7)


def test_a_sale_keeps_its_hour_when_the_clocks_change() -> None:
    shop = next(shop for shop in content.shops() if shop["permalink"] == "jardin-des-saules")
    found = sales(shop["cycle"], ZONE, since=SINCE, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert {sale.closes_at.hour for sale in found if sale.closes_at.month == 10 and sale.closes_at.day < 25} == {18}
    assert {sale.closes_at.hour for sale in found if sale.closes_at.month == 11} == {19}
