"""Servers to ask, ours and the limit beside it, in rounds that alternate."""

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

from benchmarks.load import Round, ask
from benchmarks.results import say
from coopcircuits.db import Database

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8
#: As ./run starts it.
_WORKERS = ("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning")


def median(rounds: list[Round]) -> float:
    """The rate of the round in the middle."""
    return statistics.median(found.rate for found in rounds)


def alternate(
    ours: tuple[int, str], limit: tuple[int, str], rounds: int, seconds: float
) -> tuple[list[Round], list[Round]]:
    """Ask (port, path) of ours and of the limit in turn; the first look at each does not count."""
    for port, path in (ours, limit):
        ask(port, path, connections=CONNECTIONS, seconds=min(seconds, 1.0))
    mine, theirs = [], []
    for number in range(rounds):
        mine.append(ask(*ours, connections=CONNECTIONS, seconds=seconds))
        theirs.append(ask(*limit, connections=CONNECTIONS, seconds=seconds))
        say(f"  round {number + 1} of {rounds}: {mine[-1].rate:,.0f} beside {theirs[-1].rate:,.0f} pages/s")
    return mine, theirs


def environment_of(database: Database, folder: Path) -> dict[str, str]:
    """Nothing of the caller's own instance."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COOP_")}
    url = database.engine.url.render_as_string(hide_password=False)
    return {**bare, "COOP_DATABASE_URL": url, "COOP_VAR_DIR": str(folder)}


@contextmanager
def server(application: str, environment: dict[str, str]) -> Iterator[int]:
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


def fetch(port: int, path: str) -> bytes:
    """What a server answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Accept-Language": "fr"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, answer.status
    return body
