"""Instances in tests that answer over HTTP on loopback, and months for them to report."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

import wsgi
from billing.commons.models import PublishedReport
from billing.commons.report import REPORT_RULES
from billing.commons.services import publish_report
from billing.cost.models import Cost, CostCategory, CostKind, CostScope
from billing.peer import services as peering
from billing.peer.models import Peer, PeerReport
from billing.peer.pulling import fetch_identity
from billing.scheme.models import ContributionScheme, SchemeKind
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.app import create_app
from coopcircuits.config import Settings
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import verify_identity
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.verify import verify_report
from coopcircuits.period import Month
from tests.billing.commons import sister
from tests.support.billing import Till, close, in_month

ZONE = "Europe/Paris"


def last_month() -> Month:
    """The last month that is over in Paris; servers in threads know no other time than the real one."""
    return Month.of(clock.now(), ZONE).plus(-1)


def sell_a_month(session: Session, month: Month, *, shops: int = 6) -> list[Till]:
    """Six shops of comparable sizes that pay a percentage, two orders each: nothing has to be hidden."""
    tills = [Till(session) for _ in range(shops)]
    for number, till in enumerate(tills):
        till.sell(in_month(month, day=8), 120_000 + 11_000 * number)
        till.sell(in_month(month, day=15), 90_000 + 7_000 * number)
    return tills


def choose(session: Session, till: Till, kind: SchemeKind, *, amount: int = 0, since: str = "2026-10") -> None:
    """Give a shop another scheme from a month on."""
    session.add(
        ContributionScheme(
            enterprise_id=till.shop.id,
            kind=kind,
            amount=amount,
            valid_from=since,
            reason="",
            chosen_by="system",
            chosen_at=clock.now(),
        )
    )
    session.flush()


def spend(session: Session, month: Month, amount: int, **given: Any) -> None:
    """A cost of a month: paid hosting of this instance if nothing else is said."""
    values: dict[str, Any] = {
        "category": CostCategory.HOSTING,
        "scope": CostScope.LOCAL,
        "kind": CostKind.CASH,
        "label": "Serveur",
        "spent_on": date(month.year, month.number, 3),
        "entered_by": "system",
        "entered_at": clock.now(),
    }
    session.add(Cost(period=str(month), amount=amount, **{**values, **given}))
    session.flush()


def open_keys(folder: Path) -> KeyStore:
    return KeyStore.open(folder / "keys", now=clock.now(), root_on_disk=True)


@dataclass
class Instance:
    """A whole application that answers at ``host``; ``spoil`` may change what it answers, by path."""

    app: Flask
    host: str
    spoil: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        found: Settings = self.app.extensions["settings"]
        return found

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["database"]
        return found

    @property
    def keys(self) -> KeyStore:
        return open_keys(Path(self.settings.var_dir))

    def publish(self, month: Month, **given: Any) -> PublishedReport:
        """Sign and publish a month."""
        with self.database.transaction() as session:
            return publish_report(session, actor=SYSTEM, month=month, instance=self.host, keys=self.keys, **given)

    def restart(self) -> None:
        """Begin again with the same settings and database, and nothing in memory."""
        self.database.engine.dispose()
        self.app = create_app(self.settings, wsgi.FLOORS)

    def rename(self, name: str) -> None:
        """Give its cooperative another name."""
        with self.database.transaction() as session:
            session.get_one(Cooperative, 1).name = name
        self.app.extensions.pop("site", None)

    def report_last_month(self) -> PublishedReport:
        """Sell, spend, close and publish the last month."""
        month = last_month()
        with self.database.transaction() as session:
            sell_a_month(session, month)
            spend(session, month, 25_000, scope=CostScope.COMMON, category=CostCategory.DEVELOPMENT)
            close(session, month, at=clock.now())
        return self.publish(month)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """What the web server calls."""
        change = self.spoil.get(environ["PATH_INFO"])
        if change is None:
            return self.app.wsgi_app(environ, start_response)
        response = Response.from_app(self.app.wsgi_app, environ, buffered=True)
        response.set_data(change(response.get_data()))
        return response(environ, start_response)


@contextmanager
def running(settings: Settings) -> Iterator[Instance]:
    """An instance with these settings on a free port of loopback."""
    waiting: list[Instance] = []
    server = make_server("127.0.0.1", 0, lambda environ, start: waiting[0](environ, start), threaded=True)
    host = f"127.0.0.1:{server.port}"
    app = create_app(replace(settings, base_url=f"http://{host}", federation_host=host), wsgi.FLOORS)
    waiting.append(Instance(app, host))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield waiting[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        waiting[0].database.engine.dispose()


def quick(*hosts: str) -> PullClient:
    """A client that reaches these neighbours only, and does not wait for long."""
    return PullClient(allow_hosts=frozenset(hosts), connect_seconds=5, total_seconds=5)


def befriend(database: Database, client: PullClient, host: str) -> Peer:
    """Trust an instance as an administrator does who compared its fingerprint."""
    raw, identity = fetch_identity(client, host)
    with database.transaction() as session:
        return peering.pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name="here.example")


def receive(session: Session, host: str = "rebost.example", **changes: Any) -> PeerReport:
    """A trusted sister whose report of October was pulled and found good on 9 November."""
    spanish = {"instance": host, "name": "El Rebost", "country": "ES"}
    raw = sister.identity_envelope(**spanish)
    with clock.travel(sister.NOW):
        identity = verify_identity(raw, expected_host=host, now=sister.NOW)
        peer = peering.pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name="here.example")
        report = sister.report(instance=host, **changes)
        verdict = verify_report(
            report, expected_host=host, identity=identity, seen=[], now=sister.NOW, rules=REPORT_RULES
        )
        kept = peering.keep_report(session, actor=SYSTEM, peer_id=peer.id, raw=report, verdict=verdict, at=sister.NOW)
    assert kept is not None, verdict.sentence
    return kept


def soon() -> timedelta:
    """How far the next regular question may be away."""
    return peering.EVERY + peering.JITTER
