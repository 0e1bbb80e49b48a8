"""What ``./run`` starts: tables, demo data, the payment sandbox, the web server and the worker, ended together.

The code is imported once, here, and every process is forked from this one: importing takes longer than all the rest.
Production uses its own service manager instead; docs/deployment.md shows how.
"""

import argparse
import ctypes
import gc
import importlib
import json
import multiprocessing
import os
import runpy
import secrets
import signal
import socket
import sqlite3
import sys
import time
import urllib.request
from contextlib import closing
from multiprocessing.context import ForkProcess
from pathlib import Path

from coopcircuits import migrations

ROOT = Path(__file__).resolve().parent.parent
FLASK = ("flask", "--app", "wsgi")
#: Linux: the signal that a process gets when its parent has gone (prctl(2)).
_PR_SET_PDEATHSIG = 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--empty", action="store_true", help="no demo data")
    options = parser.parse_args()
    for port in (options.port, options.port + 1):
        if taken(port):
            say(f"run: port {port} is taken; choose another one with --port")
            return 1
    environment = demo_environment(options.port)
    os.environ.update(environment)
    folder = Path(os.environ["COOP_VAR_DIR"])
    write_settings(folder / "settings.env", environment)
    _import_everything()
    if not prepare(folder, empty=options.empty):
        return 1
    return Servers(options.port, folder).serve()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def taken(port: int) -> bool:
    """Whether somebody already listens here."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def demo_environment(port: int) -> dict[str, str]:
    """Settings of the demo; what the environment already says wins."""
    here = f"localhost:{port}"
    neighbours = ",".join(f"localhost:{near}" for near in sorted({*range(8000, 8021), *range(port - 10, port + 11)}))
    chosen = {
        "COOP_ENV": "demo",
        "COOP_VAR_DIR": str(ROOT / "var"),
        "COOP_BASE_URL": f"http://{here}",
        "COOP_FEDERATION_HOST": here,
        "COOP_FEDERATION_ALLOW_HOSTS": neighbours,
        "COOP_STRIPE_API_BASE": f"http://localhost:{port + 1}",
        "COOP_STRIPE_SECRET_KEY": "sk_test_coopcircuits",
        "COOP_STRIPE_WEBHOOK_SECRET": _sandbox_secret(),
    }
    return {name: os.environ.get(name, value) for name, value in chosen.items()}


def _sandbox_secret() -> str:
    """The webhook secret kept from an earlier start, or a new one."""
    path = Path(os.environ.get("COOP_VAR_DIR", str(ROOT / "var"))) / "settings.env"
    for line in path.read_text().splitlines() if path.exists() else []:
        name, _, value = line.partition("=")
        if name == "COOP_STRIPE_WEBHOOK_SECRET":
            return value
    return f"whsec_{secrets.token_urlsafe(24)}"


def write_settings(path: Path, environment: dict[str, str]) -> None:
    """Keep the settings for commands typed in another terminal, readable by their owner only."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))


def prepare(folder: Path, *, empty: bool) -> bool:
    """Bring the tables up to date; at the first start build the demo in a file of its own and only then show it."""
    target = folder / "coopcircuits.sqlite3"
    embedded = "COOP_DATABASE_URL" not in os.environ
    if embedded and _is_current(target):
        return True
    if not embedded or target.exists() or empty:
        return _flask("db", "upgrade")
    loading, sandbox = folder / "loading.sqlite3", folder / "sandbox.sqlite3"
    for leftover in (loading, sandbox):
        for path in folder.glob(leftover.name + "*"):
            path.unlink()
    say("First start: setting up the demonstration …")
    os.environ["COOP_DATABASE_URL"] = f"sqlite:///{loading}"
    built = _flask("db", "upgrade") and _flask("demo", "load")
    del os.environ["COOP_DATABASE_URL"]
    if built:
        with closing(sqlite3.connect(loading)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # the file alone is moved, so it must hold everything
        loading.replace(target)
    return built


def _is_current(target: Path) -> bool:
    """Whether the file has the tables of this version; to ask is quick, to upgrade is not, even from here to here."""
    if not target.exists():
        return False
    with closing(sqlite3.connect(target)) as connection:
        try:
            return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrations.head(),)]
        except sqlite3.OperationalError:
            return False


def _flask(*arguments: str) -> bool:
    process = start(*FLASK, *arguments)
    process.join()
    return process.exitcode == 0


def _import_everything() -> None:
    """Once for all processes; nothing of it is ever garbage, so it is not looked through either."""
    gc.disable()
    importlib.import_module("wsgi")
    gc.freeze()
    gc.enable()


def start(module: str, *arguments: str) -> ForkProcess:
    """``python -m module arguments`` as a process of its own that knows already what is imported here."""
    process = multiprocessing.get_context("fork").Process(target=_become, args=(module, arguments), name=module)
    process.start()
    return process


def _become(module: str, arguments: tuple[str, ...]) -> None:
    os.setsid()  # Ctrl-C reaches the launcher alone, which then ends the others in order
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # and if it is killed, they end too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Servers:
    """The processes of one demonstration; when one of them ends, all end."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.processes: list[ForkProcess] = []
        self.stopping = False

    def serve(self) -> int:
        """Start everything, say where it is, and wait for Ctrl-C."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        sandbox = ["--port", str(self.port + 1), "--secret-key", "sk_test_coopcircuits"]
        sandbox += ["--database", str(self.folder / "sandbox.sqlite3")]
        sandbox += ["--public-url", f"http://localhost:{self.port + 1}"]
        sandbox += ["--webhook-url", f"http://127.0.0.1:{self.port}/webhooks/stripe"]
        sandbox += ["--webhook-secret", os.environ["COOP_STRIPE_WEBHOOK_SECRET"]]
        web = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning"]
        web += ["--preload", "--no-control-socket", "--graceful-timeout", "3", "--bind", f"127.0.0.1:{self.port}"]
        web += ["--bind", f"[::1]:{self.port}"] if socket.has_ipv6 and _has_loopback6() else []
        self.processes.append(start("gunicorn", *web, "wsgi:app"))
        self.processes.append(start(*FLASK, "worker"))
        self.processes.append(start("coopcircuits.payments.sandbox", *sandbox))
        if self._wait_until_ready():
            self._welcome()
        while not self.stopping and all(process.is_alive() for process in self.processes):
            time.sleep(0.2)
        return self._end()

    def _wait_until_ready(self) -> bool:
        for _attempt in range(300):
            if self.stopping or not all(process.is_alive() for process in self.processes):
                return False
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return True
            except OSError:
                time.sleep(0.1)
        return False

    def _welcome(self) -> None:
        address = os.environ["COOP_BASE_URL"]
        say(f"\nCoopCircuits is open at {address}")
        accounts = self.folder / "demo-accounts.json"
        if accounts.exists():
            say("\nAccounts to try (all listed at /demo/accounts):")
            for account in json.loads(accounts.read_text())[:4]:
                say(f"  {account['role']:<28} {account['email']:<36} {account['password']}")
        say(f"\nEvery mail sent can be read at {address}/demo/mails. Press Ctrl-C to stop.")

    def _stop(self, *_signal: object) -> None:
        self.stopping = True

    def _end(self) -> int:
        died = [process for process in self.processes if process.exitcode not in (None, 0)]
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join(timeout=6)
            if process.is_alive():
                process.kill()
        if died and not self.stopping:
            say("run: one of the servers stopped by itself; its last words are above")
            return 1
        return 0


def _has_loopback6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
