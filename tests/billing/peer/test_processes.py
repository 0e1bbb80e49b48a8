"""Two instances as they really run: two processes, two databases, two ports, nothing shared but HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from coopcircuits import clock
from coopcircuits.db import Database
from coopcircuits.federation.identity import fingerprint
from tests.support.billing import close
from tests.support.databases import Templates
from tests.support.sisters import last_month, open_keys, sell_a_month

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Process:
    """An instance's address and environment."""

    host: str
    environment: dict[str, str]

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "federation", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def page(self, path: str) -> str:
        request = urllib.request.Request(f"http://{self.host}{path}", headers={"Accept-Language": "fr"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text: str = answer.read().decode()
        return text.replace("\u202f", " ").replace("\xa0", " ")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def served(folder: Path, database_url: str, port: int, neighbour: int) -> Iterator[Process]:
    """A gunicorn of its own."""
    host = f"127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COOP_")},
        "COOP_ENV": "demo",
        "COOP_VAR_DIR": str(folder),
        "COOP_DATABASE_URL": database_url,
        "COOP_BASE_URL": f"http://{host}",
        "COOP_FEDERATION_ALLOW_HOSTS": f"127.0.0.1:{neighbour}",
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", host, "--threads", "2", "--log-level", "warning", "wsgi:app"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield Process(host, environment)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def _wait(host: str) -> None:
    for _attempt in range(300):
        try:
            with urllib.request.urlopen(f"http://{host}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server never answered")


@pytest.fixture
def two(templates: Templates, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two instances; the first has a month to report."""
    month = last_month()
    urls = [templates.copy("sqlite", "ready") for _ in range(2)]
    database = Database(urls[0])
    with database.transaction() as session:
        sell_a_month(session, month)
        close(session, month, at=clock.now())
    database.engine.dispose()
    ports = free_port(), free_port()
    with ExitStack() as stack:
        first = stack.enter_context(served(tmp_path / "first", urls[0], ports[0], ports[1]))
        second = stack.enter_context(served(tmp_path / "second", urls[1], ports[1], ports[0]))
        for instance in (first, second):
            _wait(instance.host)
        yield first, second
    for url in urls:
        templates.drop(url)


def test_a_month_crosses_from_one_to_the_other(two: tuple[Process, Process]) -> None:
    first, second = two
    period = str(last_month())
    published = json.loads(first.flask("publish", period, "--json").stdout)
    groups = fingerprint(open_keys(Path(first.environment["COOP_VAR_DIR"])).root_key)
    added = second.flask("add-peer", first.host, "--fingerprint", groups)
    assert added.returncode == 0, added.stderr
    pulled = second.flask("pull", "--json")
    assert json.loads(pulled.stdout) == [
        {"peer": first.host, "subject": f"{period}/1", "outcome": "accepted", "reason": ""}
    ]

    page = second.page("/commons")
    assert "1 sur 2" in page
    assert published["digest"] in page
    sales = json.loads(first.page(f"/federation/v1/reports/{period}/1"))["payload"]["turnover"]["net_ex_tax"]
    assert f"{sales // 100:,}".replace(",", " ") in page
    assert first.page(f"/federation/v1/reports/{period}/1") == second.page(f"/commons/reports/{published['digest']}")
