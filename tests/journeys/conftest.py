"""A whole instance with its demo data, as ``./run`` serves it, and a browser in front of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
PHONE = {"width": 390, "height": 844}
#: Nothing that the browser would fetch or report by itself.
QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys" in str(item.path):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))  # one instance serves them all


@dataclass
class Instance:
    """A running marketplace: its address, its folder and its accounts."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def account(self, role: str) -> dict[str, str]:
        """The first demo account whose role starts with these words."""
        accounts: list[dict[str, str]] = json.loads((self.folder / "demo-accounts.json").read_text())
        return next(account for account in accounts if account["role"].lower().startswith(role.lower()))

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the servers."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**os.environ, "COOP_VAR_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


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


def start(folder: Path, port: int, *options: str, peers: str = "") -> Instance:
    """Start what ``./run`` starts and wait until it is ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COOP_")}
    environment["COOP_VAR_DIR"] = str(folder)
    if peers:
        environment["COOP_FEDERATION_ALLOW_HOSTS"] = peers
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
    for _attempt in range(1200):
        try:
            with urllib.request.urlopen(instance.url + "/readyz", timeout=2):
                return instance
        except (OSError, urllib.error.HTTPError):
            if process.poll() is not None:
                break
            time.sleep(0.1)
    instance.stop()
    raise RuntimeError((folder / "servers.log").read_text())


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The marketplace with its demo data."""
    running = start(tmp_path_factory.mktemp("instance") / "var", free_port())
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = next(path for path in CHROMIUM if Path(path).exists())
        options = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
        chromium = playwright.chromium.launch(executable_path=found, args=options)
        yield chromium
        chromium.close()


class Visitor:
    """One person with a browser of their own; pages that fail, overflow or complain are noticed at once."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Page:
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def log_in(self, account: dict[str, str]) -> None:
        page = self.open("/log-in")
        page.get_by_label("Adresse e-mail").fill(account["email"])
        page.get_by_label("Mot de passe", exact=True).fill(account["password"])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/log-in" not in url)

    def fits(self) -> None:
        """Nothing reaches beyond the screen."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"


NewVisitor = Callable[..., Visitor]


@pytest.fixture
def visitor(browser: Browser, instance: Instance) -> Iterator[NewVisitor]:
    """Make a visitor: ``visitor(javascript=False, width=1280)``; on a phone, in French, unless said otherwise."""
    made: list[Visitor] = []

    def new(*, javascript: bool = True, width: int = 390, url: str = "", locale: str = "fr-FR") -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": PHONE["height"]}, locale=locale, java_script_enabled=javascript
        )
        context.set_default_timeout(10_000)
        made.append(Visitor(context, url or instance.url))
        return made[-1]

    yield new
    complaints = [line for each in made for line in each.complaints]
    for each in made:
        each.context.close()
    assert complaints == []
