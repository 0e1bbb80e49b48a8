"""The page of a shop with 100 offers: again and again for visitors, and the first time after a price has changed."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine

import wsgi
from benchmarks.load import Round, ask
from benchmarks.results import Result, result, say
from coopcircuits.actor import SYSTEM
from coopcircuits.app import create_app
from coopcircuits.config import Settings
from coopcircuits.db import Database
from coopcircuits.row_version import RowVersions
from shops.enterprise.models import Enterprise
from shops.product.models import Product, Variant
from shops.product.services import VariantChange, edit_variants

ROOT = Path(__file__).resolve().parent.parent
PAGE, SLOWEST, CHANGED = "shop page, 100 offers", "shop page, 100 offers, p99", "shop page after a price change"
TARGETS = {PAGE: "at least 0.8", SLOWEST: "at most 1 (50 ms)", CHANGED: "at most 1 (5 queries)"}
CONNECTIONS = 8
#: As ./run starts it.
_WORKERS = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning")
_MOST_MILLISECONDS, _MOST_QUERIES = 50, 5


def measure(database: Database, kind: str, folder: Path, *, shop_id: int, rounds: int, seconds: float) -> list[Result]:
    """The page beside the same bytes from memory, in rounds that alternate; and the queries after a change."""
    with database.reading() as session:
        path = f"/shops/{session.get_one(Enterprise, shop_id).permalink}"
    environment = _environment(database, folder)
    with _server("wsgi:app", environment) as ours:
        page = folder / "page.html"
        page.write_bytes(_fetch(ours, path))
        with _server("benchmarks.memory:app", {**environment, "BENCH_PAGE": str(page)}) as limit:
            mine, theirs = _alternate((ours, path), (limit, "/"), rounds, seconds)
    queries = _count_queries(database, environment, shop_id, path)
    return [
        result(PAGE, kind, ours=_median(mine), limit=_median(theirs), unit="pages/s"),
        result(
            SLOWEST,
            kind,
            ours=statistics.median(r.percentile(0.99) for r in mine) * 1000,
            limit=_MOST_MILLISECONDS,
            unit="ms",
        ),
        result(
            CHANGED,
            kind,
            ours=queries,
            limit=_MOST_QUERIES,
            unit="queries",
        ),
    ]


def _median(rounds: list[Round]) -> float:
    return statistics.median(found.rate for found in rounds)


def _alternate(
    ours: tuple[int, str], limit: tuple[int, str], rounds: int, seconds: float
) -> tuple[list[Round], list[Round]]:
    for port, path in (ours, limit):
        ask(port, path, connections=CONNECTIONS, seconds=min(seconds, 1.0))
    mine, theirs = [], []
    for number in range(rounds):
        mine.append(ask(*ours, connections=CONNECTIONS, seconds=seconds))
        theirs.append(ask(*limit, connections=CONNECTIONS, seconds=seconds))
        say(f"  round {number + 1} of {rounds}: {mine[-1].rate:,.0f} beside {theirs[-1].rate:,.0f} pages/s")
    return mine, theirs


def _environment(database: Database, folder: Path) -> dict[str, str]:
    """Nothing of the caller's own instance."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COOP_")}
    url = database.engine.url.render_as_string(hide_password=False)
    return {**bare, "COOP_DATABASE_URL": url, "COOP_VAR_DIR": str(folder)}


@contextmanager
def _server(application: str, environment: dict[str, str]) -> Iterator[int]:
    """gunicorn with an application on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", *_WORKERS, "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, application], cwd=ROOT, env=environment)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError("gunicorn ended by itself; its words are above")
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start within a minute")


def _fetch(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Accept-Language": "fr"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, answer.status
    return body


def _count_queries(database: Database, environment: dict[str, str], shop_id: int, path: str) -> int:
    """Statements sent for the first page after a price change, with the look at the page's version."""
    known = {name: value for name, value in environment.items() if name.startswith("COOP_")}
    app = create_app(Settings.from_environment(known), wsgi.FLOORS)
    own: Database = app.extensions["database"]
    with app.test_client() as browser:
        for _ in range(2):
            assert browser.get(path).status_code == 200
        _change_a_price(database, shop_id)
        with _counted(own.engine) as statements:
            assert browser.get(path).status_code == 200
    own.engine.dispose()
    return len(statements)


def _change_a_price(database: Database, shop_id: int) -> None:
    with database.transaction() as session:
        variant = session.scalars(
            select(Variant).join(Variant.product).where(Product.producer_id == shop_id).limit(1)
        ).one()
        change = VariantChange(variant.id, "price", variant.price, variant.price + 10)
        edit_variants(session, actor=SYSTEM, producer_id=shop_id, changes=[change])


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    def note_version(versions: RowVersions, subject: int) -> int | None:
        statements.append("version")
        return look(versions, subject)

    look = RowVersions.current
    event.listen(engine, "before_cursor_execute", note)
    RowVersions.current = note_version  # type: ignore[assignment,method-assign]  # it speaks to the driver itself
    try:
        yield statements
    finally:
        RowVersions.current = look  # type: ignore[method-assign]  # as it was
        event.remove(engine, "before_cursor_execute", note)
