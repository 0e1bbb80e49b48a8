"""Three instances as they really run: a process, a port and a database each, PostgreSQL and SQLite, over HTTPS."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from billing.commons.instance import pull_client
from billing.commons.verifier import verify_folder
from billing.cost.models import CostScope
from coopcircuits import clock
from coopcircuits.config import Settings
from coopcircuits.cooperative.models import Cooperative
from coopcircuits.db import Database
from coopcircuits.federation.client import PullFailed, system_tls
from coopcircuits.federation.identity import fingerprint
from coopcircuits.period import Month
from tests.conftest import build
from tests.support.authority import Authority
from tests.support.billing import Till, close, in_month
from tests.support.databases import Templates
from tests.support.sisters import open_keys, spend

ROOT = Path(__file__).resolve().parents[3]
#: The month before the last one: it is due to be settled on whatever day this runs.
PERIOD = Month.of(clock.now(), "UTC").plus(-2)
REPORTED = datetime(PERIOD.plus(1).year, PERIOD.plus(1).number, 9, 8, tzinfo=UTC)
#: The history of the European Central Bank, as far as it is needed.
RATES = f"Date,USD,CHF\n{PERIOD}-15,1.1,0.94\n{PERIOD}-01,1.1,0.92\n"


@dataclass
class Instance:
    """An instance that is served by a process of its own; its commands run here, on its settings and database."""

    host: str
    environment: dict[str, str]
    authority: Authority

    @cached_property
    def app(self) -> Flask:
        app = build(Settings.from_environment(self.environment))
        with app.app_context():
            app.extensions["pull_client"] = replace(pull_client(), tls=self.authority.trusting())
        return app

    @property
    def folder(self) -> Path:
        return Path(self.environment["COOP_VAR_DIR"])

    def flask(self, *arguments: str) -> str:
        """What a command of the federation says."""
        done = self.app.test_cli_runner().invoke(args=["federation", *arguments])
        assert done.exit_code == 0, (arguments, done.output)
        return done.output

    def page(self, path: str) -> Any:
        """What the instance's process answers over HTTPS."""
        with urllib.request.urlopen(f"https://{self.host}{path}", context=self.authority.trusting()) as answer:
            return json.loads(answer.read())


def _seed(url: str, *, currency: str, zone: str, size: int) -> None:
    """Six shops that sell, a cost of the common software, the month closed."""
    database = Database(url)
    with database.transaction() as session:
        home = session.get_one(Cooperative, 1)
        home.currency, home.zone = currency, zone
        for number in range(6):
            till = Till(session, currency=currency, zone=zone)
            till.sell(in_month(PERIOD, day=8 + number), size * (10 + number))
        spend(session, PERIOD, 10 * size, scope=CostScope.COMMON)
        close(session, PERIOD, at=REPORTED)
    database.engine.dispose()


@contextmanager
def _served(instance: Instance, certificate: Path, key: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "gunicorn", "--bind", instance.host, "--threads", "2", "--log-level", "warning"]
    command += ["--graceful-timeout", "1", "--no-control-socket"]
    command += ["--certfile", str(certificate), "--keyfile", str(key), "wsgi:app"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COOP_")}
    server = subprocess.Popen(command, cwd=ROOT, env=environment | instance.environment, start_new_session=True)
    try:
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def _wait(instance: Instance, server: subprocess.Popen[bytes]) -> None:
    """Until it answers; its early death would be the other thing to wait for."""
    for _attempt in range(600):
        try:
            instance.page("/federation/v1/reports")
        except OSError:
            try:
                server.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    raise AssertionError("the server never answered")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


@pytest.fixture
def three(templates: Templates, tmp_path: Path) -> Iterator[list[Instance]]:
    urls = [templates.copy(backend, "ready") for backend in ("postgresql", "sqlite", "sqlite")]
    hosts = [f"127.0.0.1:{port}" for port in _free_ports(3)]
    authority = Authority(tmp_path)
    files = authority.for_loopback()
    instances = []
    for host, url in zip(hosts, urls, strict=True):
        neighbours = ",".join(f"https://{other}" for other in hosts if other != host)
        environment = {
            "COOP_ENV": "demo",
            "COOP_VAR_DIR": str(tmp_path / host.replace(":", "-")),
            "COOP_DATABASE_URL": url,
            "COOP_BASE_URL": f"https://{host}",
            "COOP_FEDERATION_ALLOW_HOSTS": neighbours,
        }
        instances.append(Instance(host, environment, authority))
    with ExitStack() as stack:
        # The first request makes the keys, so they are made before: on the day of the reports.
        with clock.travel(REPORTED):
            for instance in instances:
                open_keys(instance.folder)
        servers = [stack.enter_context(_served(instance, *files)) for instance in instances]
        _seed(urls[0], currency="EUR", zone="Europe/Paris", size=9_000)
        _seed(urls[1], currency="CHF", zone="Europe/Zurich", size=4_000)
        _seed(urls[2], currency="EUR", zone="Europe/Helsinki", size=2_000)
        for instance, server in zip(instances, servers, strict=True):
            _wait(instance, server)
        yield instances
        for server in servers:  # all at once, then each is waited for
            os.killpg(server.pid, signal.SIGTERM)
        for instance in instances:
            instance.app.extensions["database"].engine.dispose()
    for url in urls:
        templates.drop(url)


def test_three_instances_share_a_month_and_lock_it(three: list[Instance], tmp_path: Path) -> None:
    period, first = str(PERIOD), three[0]
    with first.app.app_context(), pytest.raises(PullFailed) as refused:
        # Who was not told of the authority learns nothing.
        replace(pull_client(), tls=system_tls()).document(three[1].host, "/federation/v1/identity")
    assert refused.value.reason == "certificate"

    for instance in three:
        with clock.travel(REPORTED):
            assert json.loads(instance.flask("publish", period, "--json"))["state"] == "final"

    for instance in three:
        for other in three:
            if other is not instance:
                groups = fingerprint(open_keys(other.folder).root_key)
                instance.flask("add-peer", other.host, "--fingerprint", groups)
        told = json.loads(instance.flask("pull", "--json"))
        assert [(pull["subject"], pull["outcome"]) for pull in told] == [(f"{period}/1", "accepted")] * 2

    key, rates = tmp_path / "key.json", tmp_path / "rates.csv"
    key.write_text(first.flask("propose-key", "--from", period, "--decision", "Assemblée"))
    rates.write_text(RATES)
    computed = []
    for instance in three:
        instance.flask("adopt-key", str(key))
        instance.flask("rates", "load", str(rates))
        computed.append(json.loads(instance.flask("allocate", period, "--json")))
    assert len({found["digest"] for found in computed}) == 1
    assert [found["locked"] for found in computed] == [False] * 3  # nobody has heard the others yet
    assert {share["instance"] for share in computed[0]["shares"]} == {instance.host for instance in three}
    assert computed[0]["rates"][0]["rate"] == "0.930000"
    paid = sum(share["share"] for share in computed[0]["shares"]) + computed[0]["uncovered"]
    assert paid == computed[0]["budget"] > 0

    for instance in three:
        told = json.loads(instance.flask("pull", "--json"))
        assert {pull["outcome"] for pull in told} <= {"accepted", "unchanged"}
        assert json.loads(instance.flask("allocate", period, "--json"))["locked"]
    served = [instance.page(f"/federation/v1/allocations/{period}")["payload"] for instance in three]
    assert [payload.pop("instance") for payload in served] == [instance.host for instance in three]
    assert served[0] == served[1] == served[2]

    first.flask("export", str(tmp_path / "archive"))
    assert verify_folder(tmp_path / "archive").allocations
