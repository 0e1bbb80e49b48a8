"""Placing orders of eight lines, paid on collection, by four clients at once: ours beside a bare driver that takes the
same locks, writes the same rows and commits as often, in rounds that alternate on the same database.

The bare driver repeats the rows of an order that ours has placed, so it writes whatever ours writes, column for column.
"""

import json
import multiprocessing
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psycopg
from sqlalchemy import select, text

from benchmarks.results import Result, result, say
from coopcircuits import clock
from coopcircuits.actor import GUEST
from coopcircuits.db import Database
from coopcircuits.demo.bulk import moment, writing
from coopcircuits.demo.dice import dice
from coopcircuits.references import new_secret
from orders.cart.models import Cart, CartLine
from orders.checkout.services import Contact, place_order
from orders.offer.models import Offer
from orders.order_cycle.models import OrderCycle, Slot
from shops.customer.models import Customer
from shops.payment_method.models import PaymentKind

NAME = "an order of 8 lines, 4 clients"
TARGETS = {NAME: "0.5 on PostgreSQL"}
CLIENTS, LINES = 4, 8
#: Rows that an order leaves behind, in the order in which they refer to each other; and how they name it.
_ROWS = {
    "order": "id",
    "order_line": "order_id",
    "stock_move": "order_id",
    "payment": "order_id",
    "sale_entry": "order_id",
    "event": "subject_id",
}


@dataclass(frozen=True)
class Basket:
    """A filled basket, and who sends it where."""

    cart_id: int
    key: str
    slot_id: int
    email: str
    #: Offer id to variant id.
    goods: dict[int, int]


@dataclass(frozen=True)
class Sample:
    """The rows of a placed order by table, without their ids."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def measure(database: Database, kind: str, *, shop_id: int, rounds: int, each: int) -> list[Result]:
    """``rounds`` times ``each`` orders of ours and of the bare driver by every client."""
    baskets = iter(_fill_baskets(database, shop_id, many=CLIENTS * each * (2 * rounds + 1) + 1))
    first = next(baskets)
    _place(database, first)
    sample = _sample(database, first)
    with _clients(database, sample) as clients:
        _race(clients, "ours", baskets, max(each // 2, 1))
        _race(clients, "bare", baskets, max(each // 2, 1))
        ours, bare = [], []
        for number in range(rounds):
            ours.append(_race(clients, "ours", baskets, each))
            bare.append(_race(clients, "bare", baskets, each))
            say(f"  round {number + 1} of {rounds}: {ours[-1]:,.0f} beside {bare[-1]:,.0f} orders/s")
    return [result(NAME, kind, ours=statistics.median(ours), limit=statistics.median(bare), unit="orders/s")]


def _fill_baskets(database: Database, shop_id: int, *, many: int) -> list[Basket]:
    """Baskets of the shop's open sale, each with eight of its offers, and more than enough on the shelves."""
    with database.transaction() as session:
        session.execute(text("UPDATE stock SET on_hand = 1000000, on_demand = false"))
        cycle = session.scalars(select(OrderCycle).where(OrderCycle.shop_id == shop_id)).one()
        slot_id = session.scalars(select(Slot.id).where(Slot.cycle_id == cycle.id)).one()
        offers = session.execute(
            select(Offer.id, Offer.variant_id, Offer.price).where(Offer.cycle_id == cycle.id)
        ).all()
        emails = session.scalars(select(Customer.email).where(Customer.enterprise_id == shop_id)).all()
    chance, now, filled = dice("bench"), moment(clock.now()), []
    with writing(database) as bulk:
        carts = bulk.table(
            Cart, "id", "visitor", "checkout_key", shop_id=shop_id, cycle_id=cycle.id, version=1, updated_at=now
        )
        lines = bulk.table(CartLine, "id", "cart_id", "offer_id", "price_seen", quantity=1)
        for _ in range(many):
            cart_id, key = carts.next_id(), new_secret()
            chosen = chance.sample(offers, LINES)
            carts.add(cart_id, f"bench-{cart_id}", key)
            for offer in chosen:
                lines.add(lines.next_id(), cart_id, offer.id, offer.price)
            goods = {offer.id: offer.variant_id for offer in chosen}
            filled.append(Basket(cart_id, key, slot_id, chance.choice(emails), goods))
    return filled


# ---- ours


def _place(database: Database, basket: Basket) -> None:
    with database.transaction() as session:
        place_order(
            session,
            actor=GUEST,
            cart_id=basket.cart_id,
            checkout_key=basket.key,
            cart_version=1,
            contact=Contact("Camille Roux", basket.email, "06 39 98 12 34"),
            slot_id=basket.slot_id,
            payment_kind=PaymentKind.ON_COLLECTION,
            note="",
            language="fr",
        )


# ---- the bare driver


def _sample(database: Database, basket: Basket) -> Sample:
    found = Sample()
    with database.reading() as session:
        order_id = session.execute(
            text('SELECT id FROM "order" WHERE checkout_key = :key'), {"key": basket.key}
        ).scalar_one()
        for table, column in _ROWS.items():
            only = " AND subject_type = 'order'" if table == "event" else ""
            wanted = text(f'SELECT * FROM "{table}" WHERE {column} = :id{only}')
            rows = session.execute(wanted, {"id": order_id}).mappings()
            found.rows[table] = [{name: _plain(v) for name, v in row.items() if name != "id"} for row in rows]
    return found


def _plain(value: Any) -> Any:
    """A value that the driver takes back; PostgreSQL hands over JSON as objects."""
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value


class _Bare:
    """One client that speaks to the driver alone."""

    def __init__(self, database: Database, sample: Sample) -> None:
        self._sample = sample
        self._is_sqlite = database.engine.dialect.name == "sqlite"
        url = database.engine.url
        if self._is_sqlite:
            self._connection: Any = sqlite3.connect(str(url.database), timeout=20, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, autocommit=True)
        self._cursor = self._connection.cursor()

    def place(self, basket: Basket) -> None:
        run = self._run
        run("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        run(f"SELECT id FROM cart WHERE id = ?{'' if self._is_sqlite else ' FOR UPDATE'}", basket.cart_id)
        self._cursor.fetchall()
        [head] = self._sample.rows["order"]
        unique = {"reference": basket.key[:12], "link_secret": basket.key, "checkout_key": basket.key}
        run(*_insert("order", {**head, **unique}, returning=True))
        order_id = self._cursor.fetchone()[0]
        for table in ("order_line", "stock_move"):
            if table == "stock_move":
                self._take(basket)
            rows = [
                {**row, "order_id": order_id, "variant_id": variant_id}
                for row, variant_id in zip(self._sample.rows[table], sorted(basket.goods.values()), strict=True)
            ]
            self._many(table, rows)
        run("UPDATE slot SET taken = taken + 1 WHERE id = ? RETURNING taken", basket.slot_id)
        self._cursor.fetchall()
        for table in ("payment", "sale_entry", "event"):
            for row in self._sample.rows[table]:
                named = {_ROWS[table]: order_id} | ({"idempotency_key": basket.key} if table == "payment" else {})
                run(*_insert(table, {**row, **named}))
        run("UPDATE cart SET version = version + 1, checkout_key = ? WHERE id = ?", f"was-{basket.key}", basket.cart_id)
        run("DELETE FROM cart_line WHERE cart_id = ?", basket.cart_id)
        run("COMMIT")

    def _take(self, basket: Basket) -> None:
        for variant_id in sorted(basket.goods.values()):
            self._run(
                "UPDATE stock SET on_hand = on_hand - 1 WHERE variant_id = ? AND on_hand >= 1 RETURNING on_hand",
                variant_id,
            )
            self._cursor.fetchall()

    def _run(self, statement: str, *values: Any) -> None:
        self._cursor.execute(self._marked(statement), values)

    def _many(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        statement = _insert(table, rows[0])[0]
        self._cursor.executemany(self._marked(statement), [tuple(row.values()) for row in rows])

    def _marked(self, statement: str) -> str:
        return statement if self._is_sqlite else statement.replace("?", "%s")


def _insert(table: str, row: dict[str, Any], *, returning: bool = False) -> tuple[Any, ...]:
    places = ", ".join("?" * len(row))
    tail = " RETURNING id" if returning else ""
    return (f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({places}){tail}', *row.values())


# ---- four of each


@contextmanager
def _clients(database: Database, sample: Sample) -> Iterator[list[Connection]]:
    """Processes that wait for baskets to send."""
    context, url = multiprocessing.get_context("spawn"), database.engine.url.render_as_string(hide_password=False)
    pairs = [context.Pipe() for _ in range(CLIENTS)]
    processes = [
        context.Process(target=_client, args=(theirs, url, sample), daemon=True, name="bench-client")
        for _, theirs in pairs
    ]
    for process in processes:
        process.start()
    try:
        for mine, _ in pairs:
            mine.recv()
        yield [mine for mine, _ in pairs]
    finally:
        for (mine, _), process in zip(pairs, processes, strict=True):
            mine.send(None)
            process.join(timeout=10)
            if process.is_alive():
                process.kill()


def _client(parent: Connection, url: str, sample: Sample) -> None:
    import wsgi  # noqa: F401 - as in a server, every floor follows what happens

    database = Database(url)
    bare = _Bare(database, sample)
    place: dict[str, Callable[[Basket], None]] = {"ours": lambda basket: _place(database, basket), "bare": bare.place}
    parent.send("ready")
    while (work := parent.recv()) is not None:
        who, baskets = work
        try:
            for basket in baskets:
                place[who](basket)
            parent.send("")
        except Exception as error:  # told to the parent, which ends the measurement
            parent.send(f"{who}: {error}")
    database.engine.dispose()


def _race(clients: list[Connection], who: str, baskets: Iterator[Basket], each: int) -> float:
    """Orders a second, from the common start to the end of the last client."""
    work = [[next(baskets) for _ in range(each)] for _ in clients]
    started = time.perf_counter()
    for client, mine in zip(clients, work, strict=True):
        client.send((who, mine))
    failures = [failure for client in clients if (failure := client.recv())]
    if failures:
        raise RuntimeError(failures[0])
    return len(clients) * each / (time.perf_counter() - started)
