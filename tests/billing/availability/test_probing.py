"""Probes ask real servers on loopback."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from billing.availability import queries
from billing.availability.probing import probe
from coopcircuits import clock, jobs
from coopcircuits.config import ConfigurationError, Settings
from coopcircuits.db import Database


@contextmanager
def serving(**answers: int) -> Iterator[str]:
    """A shop that answers its page and its checkout with these statuses; gives its address."""
    asked: list[str] = []

    class Shop(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status = answers["checkout" if self.path.endswith("/checkout") else "page"]
            if not status:
                self.connection.close()
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/shops/le-panier"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("page", "checkout", "good"),
    [
        (200, 200, True),
        (200, 302, True),  # nothing in the basket; nobody follows
        (302, 200, False),
        (200, 500, False),
        (503, 200, False),
        (404, 404, False),
        (0, 200, False),  # hangs up
    ],
)
def test_both_pages_must_answer(page: int, checkout: int, good: bool) -> None:
    with serving(page=page, checkout=checkout) as address:
        assert (probe(address) is not None) is good


def test_nobody_there_is_a_failed_probe() -> None:
    with serving(page=200, checkout=200) as address:
        pass
    assert probe(address) is None
    assert probe("https://does-not-exist.invalid/shops/x") is None


def test_too_slow_is_a_failed_probe() -> None:
    with serving(page=200, checkout=200) as address:
        assert probe(address, timeout=0.0) is None


def _with_probe(app: Flask, address: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], probe_url=address)


def test_the_worker_looks_and_the_command_too(app: Flask, database: Database) -> None:
    with serving(page=200, checkout=302) as address, clock.travel(datetime(2026, 11, 9, 9, tzinfo=UTC)):
        _with_probe(app, address)
        with app.app_context():
            assert jobs.run_once("billing.probe") == ""
        done = app.test_cli_runner().invoke(args=["federation", "probe"])
        assert done.exit_code == 0
        assert "not counted" in done.output  # the worker was just before
    with app.app_context():
        assert "127.0.0.1" in jobs.run_once("billing.probe")
    assert app.test_cli_runner().invoke(args=["federation", "probe"]).exit_code == 1
    _with_probe(app, "")
    assert "COOP_PROBE_URL" in app.test_cli_runner().invoke(args=["federation", "probe"]).output
    with app.app_context():
        assert jobs.run_once("billing.probe") == ""  # another worker may be the one that looks
    with database.reading() as session:
        assert queries.watch(session) is not None


def test_to_stop_looking_is_a_decision(app: Flask, database: Database) -> None:
    with serving(page=200, checkout=200) as address:
        _with_probe(app, address)
        app.test_cli_runner().invoke(args=["federation", "probe"])
    told = [app.test_cli_runner().invoke(args=["federation", "probe", "--stop"]).output for _ in range(2)]
    assert told == ["Time is not measured any more.\n", "Nobody was looking.\n"]
    with database.reading() as session:
        assert queries.watch(session) is None


@pytest.mark.parametrize("address", ["coop.example", "ftp://coop.example/shops/a", "https:///shops/a", "https://a.b/"])
def test_an_address_that_cannot_be_a_shop_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(ConfigurationError, match="COOP_PROBE_URL"):
        Settings.from_environment({}, secret_key="x", probe_url=address)
