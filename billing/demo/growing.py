"""Add volume to an instance, for measuring: shops, products and two years of orders, true to every rule."""

from coopcircuits import clock, tax
from coopcircuits.cooperative import queries as cooperative
from coopcircuits.db import Database
from coopcircuits.demo.bulk import writing
from coopcircuits.demo.haste import hurried
from coopcircuits.demo.progress import Gauge
from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_
from coopcircuits.site import Site
from orders.demo.growing import SPAN, grow_orders
from shops.demo.growing import grow_shops

#: The part of the work that shops take, next to their orders.
_SHOPS_SHARE = 0.1


class NobodyRunsIt(DomainError):
    """Volume is added to an instance that has been set up."""

    code = "not-set-up"
    message = N_("Set the instance up first: flask demo load, or flask cooperative set-up.")


def grow(database: Database, gauge: Gauge, *, shops: int, products: int, orders: int) -> None:
    """Write bulk rows while nobody else writes. Months that are closed already count them as late."""
    now = clock.now()
    with database.reading() as session:
        home = cooperative.cooperative(session)
        if home is None:
            raise NobodyRunsIt
        site = Site(home.name, home.email, home.country, home.currency, home.zone)
        rates = {
            category.value: rate
            for category, rate in tax.rates_on(session, country=home.country, day=now.date()).items()
        }
    with hurried(database), writing(database) as bulk:
        grown = grow_shops(
            bulk,
            site,
            shops=shops,
            products=products,
            orders=orders,
            since=now - SPAN,
            show=lambda share: gauge.show("shops and products", share * _SHOPS_SHARE),
        )
        grow_orders(
            bulk,
            site,
            rates,
            grown,
            orders=orders,
            now=now,
            show=lambda share: gauge.show("orders", _SHOPS_SHARE + share * (1 - _SHOPS_SHARE)),
        )
