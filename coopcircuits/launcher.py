"""What ``./run`` starts: tables, demo data, the payment sandbox, the web server and the worker, ended together.

Production uses its own service manager instead; docs/deployment.md shows how.
"""

import argparse
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from coopcircuits import migrations

ROOT = Path(__file__).resolve().parent.parent
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


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
    return subprocess.run([*FLASK, *arguments], cwd=ROOT, check=False).returncode == 0  # noqa: S603 - our own command


class Servers:
    """The processes of one demonstration; when one of them ends, all end."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.stopping = False

    def serve(self) -> int:
        """Start everything, say where it is, and wait for Ctrl-C."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        python = sys.executable
        sandbox = [python, "-m", "coopcircuits.payments.sandbox", "--port", str(self.port + 1)]
        sandbox += ["--database", str(self.folder / "sandbox.sqlite3"), "--secret-key", "sk_test_coopcircuits"]
        sandbox += ["--public-url", f"http://localhost:{self.port + 1}"]
        sandbox += ["--webhook-url", f"http://127.0.0.1:{self.port}/webhooks/stripe"]
        sandbox += ["--webhook-secret", os.environ["COOP_STRIPE_WEBHOOK_SECRET"]]
        web = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--bind", f"[::1]:{self.port}"]
        web = web if socket.has_ipv6 and _has_loopback6() else web[:-2]
        web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning"]
        web += ["--preload", "--no-control-socket", "--graceful-timeout", "3", "wsgi:app"]
        for command in (sandbox, web, [*FLASK, "worker"]):
            # A session of its own each: Ctrl-C reaches this process alone, which then ends them in order.
            self.processes.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True))  # noqa: S603 - our own commands
        if self._wait_until_ready():
            self._welcome()
        while not self.stopping and all(process.poll() is None for process in self.processes):
            time.sleep(0.2)
        return self._end()

    def _wait_until_ready(self) -> bool:
        for _attempt in range(300):
            if self.stopping or any(process.poll() is not None for process in self.processes):
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
        died = [process for process in self.processes if process.poll() not in (None, 0)]
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=6)
            except subprocess.TimeoutExpired:
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
