"""A running marketplace, as ``./run`` starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Instance:
    """A running marketplace: its address, its folder and its accounts."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def accounts(self) -> list[dict[str, str]]:
        """The demo accounts: ``role``, ``email``, ``password``."""
        found: list[dict[str, str]] = json.loads((self.folder / "demo-accounts.json").read_text())
        return found

    def account(self, role: str) -> dict[str, str]:
        """The first demo account whose role starts with these words."""
        return next(account for account in self.accounts() if account["role"].lower().startswith(role.lower()))

    def flask(self, *arguments: str) -> str:
        """What a command typed beside the servers prints."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**_bare_environment(), "COOP_VAR_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"flask {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def log(self) -> str:
        """What the servers said."""
        return (self.folder / "servers.log").read_text(errors="replace")

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def already_running(folder: Path) -> Instance:
    """The instance that somebody started with this var folder."""
    kept = dict(line.split("=", 1) for line in (folder / "settings.env").read_text().splitlines() if "=" in line)
    return Instance(kept["COOP_BASE_URL"], folder)


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("COOP_")}


def free_port() -> int:
    """A port with a free neighbour, for the web server and its payment sandbox."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def start(folder: Path, port: int, *options: str, host: str = "", peers: str = "") -> Instance:
    """Start what ``./run`` starts and wait until it is ready.

    ``host``: the name under which it signs, where sisters reach it by another way than its own port. ``peers``: hosts
    with port, separated by commas, that this instance may pull from though they are on this machine. One proxy is
    trusted, so that every visitor of the tests comes from an address of their own and the limits per address stay as
    they are for people.
    """
    environment = {**_bare_environment(), "COOP_VAR_DIR": str(folder), "COOP_TRUSTED_PROXIES": "1"}
    environment |= {"COOP_FEDERATION_HOST": host} if host else {}
    environment |= {"COOP_FEDERATION_ALLOW_HOSTS": peers} if peers else {}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "servers.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "coopcircuits.launcher", "--port", str(port), *options],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    instance = Instance(f"http://localhost:{port}", folder, process)
    for _attempt in range(6000):
        try:
            with urllib.request.urlopen(instance.url + "/readyz", timeout=2):
                return instance
        except (OSError, urllib.error.HTTPError):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    instance.stop()
    raise RuntimeError(instance.log())
