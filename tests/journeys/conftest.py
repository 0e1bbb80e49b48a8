"""A whole instance with its demo data, as ``./run`` serves it, and browsers in front of it."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.farm import Farm, ready_farm
from tests.journeys.instance import Instance, already_running, free_port, start
from tests.journeys.line import Line
from tests.journeys.visitor import PHONE, Visitor

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
#: Nothing that the browser would fetch or report by itself.
QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

NewVisitor = Callable[..., Visitor]
_numbers = itertools.count(1)


def new_address() -> str:
    """An address that no other visitor has."""
    number = next(_numbers)
    return f"10.0.{number // 250}.{number % 250 + 1}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--running", metavar="FOLDER", help="var folder of a running instance, to try one journey again")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys" in str(item.path):
            item.add_marker("browser")


_on_show: list[Visitor] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed journey tells what its people were looking at."""
    report = yield
    if report.when == "call" and report.failed:
        for each in _on_show:
            report.sections.append((each.page.url, each.text()))
    return report


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    """The way on which sisters reach the marketplace."""
    made = Line()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def instance(
    request: pytest.FixtureRequest, line: Line, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """The marketplace with its demo data."""
    if folder := request.config.getoption("--running", default=None):
        yield already_running(Path(folder))
        return
    started = start(tmp_path_factory.mktemp("instance") / "var", free_port(), host=line.host)
    line.target = started.url
    yield started
    started.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = next(path for path in CHROMIUM if Path(path).exists())
        options = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
        chromium = playwright.chromium.launch(executable_path=found, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def farm(browser: Browser, instance: Instance) -> Iterator[Farm]:
    """A farm shop with an open sale, whose owner's browser stays at hand."""
    width, locale = PHONE["width"], "fr-FR"
    owner = Visitor(browser, instance.url, javascript=True, width=width, locale=locale, address=new_address())
    yield ready_farm(owner, postcode="26120", city="Chabeuil")
    owner.context.close()
    assert owner.complaints == []


@pytest.fixture
def visitor(browser: Browser, instance: Instance) -> Iterator[NewVisitor]:
    """Make a visitor: ``visitor(javascript=False, width=1280)``; on a phone, in French, unless said otherwise."""
    made: list[Visitor] = []

    def new(
        *,
        javascript: bool = True,
        width: int = PHONE["width"],
        url: str = "",
        locale: str = "fr-FR",
        dark: bool = False,
    ) -> Visitor:
        made.append(
            Visitor(
                browser,
                url or instance.url,
                javascript=javascript,
                width=width,
                locale=locale,
                address=new_address(),
                dark=dark,
            )
        )
        _on_show.append(made[-1])
        return made[-1]

    yield new
    _on_show.clear()
    complaints = [line for each in made for line in each.complaints]
    for each in made:
        each.context.close()
    assert complaints == []


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """The same journey with and without JavaScript."""
    return bool(request.param)
