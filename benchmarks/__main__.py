"""``./bench``: a table, or with ``--json`` a list of ``{"name", "database", "ours", "limit", "ratio", "unit"}``."""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from benchmarks import closing, federation, ordering, shopfront
from benchmarks.databases import POSTGRESQL, SQLITE, Missing, database
from benchmarks.results import Result, as_json, say, show
from billing.demo.growing import grow
from coopcircuits.db import Database
from shops.enterprise.models import Enterprise

OFFERS = 100


@dataclass(frozen=True)
class Effort:
    """How long to look."""

    rounds: int
    seconds: float
    orders_each: int


QUICK, USUAL = Effort(rounds=2, seconds=1.5, orders_each=20), Effort(5, 4.0, 60)


class _Quiet:
    def show(self, step: str, share: float) -> None:
        """Nobody watches the preparations."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="./bench", description="Measures speed beside its limit in the same run.")
    parser.add_argument("--json", action="store_true", help="print a list of figures and nothing else")
    parser.add_argument("--quick", action="store_true", help="short rounds, for a first impression")
    parser.add_argument("--database", choices=[SQLITE, POSTGRESQL], help="only this one")
    parser.add_argument("--orders", type=int, help="orders of the month that is closed (default 1000000)")
    parser.add_argument("--shops", type=int, help="shops that month (default 10000)")
    options = parser.parse_args()
    effort = QUICK if options.quick else USUAL
    orders = options.orders or (100_000 if options.quick else 1_000_000)
    shops = options.shops or (1_000 if options.quick else 10_000)
    results: list[Result] = []
    for kind in [options.database] if options.database else [SQLITE, POSTGRESQL]:
        try:
            results += measure(kind, effort, shops=shops, orders=orders)
        except Missing:
            say("bench: PostgreSQL is not installed here, so only SQLite is measured")
    results.append(federation.measure_verifier(rounds=effort.rounds))
    if options.json:
        print(as_json(results))
    else:
        targets = {**shopfront.TARGETS, **ordering.TARGETS, **federation.TARGETS, closing.name_of(orders): "at most 3"}
        show(results, targets)
    return 0


def measure(kind: str, effort: Effort, *, shops: int, orders: int) -> list[Result]:
    """All figures of one database; raises :class:`Missing`."""
    with tempfile.TemporaryDirectory(prefix="coop-bench-") as folder, database(kind, Path(folder)) as instance:
        say(f"{kind}: a shop with {OFFERS} offers, {shops:,} more, and a month of {orders:,} orders")
        grow(instance, _Quiet(), shops=1, products=OFFERS, orders=12)
        shop_id = _last_shop(instance)
        grow(instance, _Quiet(), shops=shops, products=shops, orders=shops * 2)
        return [
            *shopfront.measure(
                instance, kind, Path(folder), shop_id=shop_id, rounds=effort.rounds, seconds=effort.seconds
            ),
            federation.measure(instance, kind, Path(folder), rounds=effort.rounds, seconds=effort.seconds),
            *ordering.measure(instance, kind, shop_id=shop_id, rounds=effort.rounds, each=effort.orders_each),
            *closing.measure(instance, kind, entries=orders, rounds=effort.rounds),
        ]


def _last_shop(instance: Database) -> int:
    with instance.reading() as session:
        return session.scalars(select(Enterprise.id).order_by(Enterprise.id.desc()).limit(1)).one()


if __name__ == "__main__":
    sys.exit(main())
