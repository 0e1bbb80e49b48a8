"""Every test that touches the database runs on SQLite and on PostgreSQL; each gets one as fresh as a new one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse
from xdist.scheduler import LoadScopeScheduling

import wsgi
from coopcircuits import i18n
from coopcircuits.app import create_app
from coopcircuits.auth import passwords
from coopcircuits.config import Settings
from coopcircuits.db import Database
from tests.support.compiled import COMPILED
from tests.support.databases import Templates
from tests.support.postgresql import PostgreSQL

#: The same cases in every run: what fails anywhere fails everywhere.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="both", choices=["sqlite", "postgresql", "both"])


class OneInstance(LoadScopeScheduling):  # type: ignore[misc]  # the plugin ships no types
    """The journeys share an instance, so one worker runs them all; any other test goes wherever there is time."""

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/journeys/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneInstance:
    return OneInstance(config, log)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("backend", ["sqlite", "postgresql"] if chosen == "both" else [chosen])


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Templates:
    return Templates(tmp_path_factory.mktemp("databases"), request)


def _settings(url: str, folder: Path) -> Settings:
    return Settings.from_environment(
        {},
        database_url=url,
        var_dir=str(folder),
        secret_key="for tests only, never elsewhere",
        base_url="http://localhost",
    )


@pytest.fixture
def settings(templates: Templates, backend: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an instance whose cooperative is set up, on a database of its own."""
    url = templates.copy(backend, "ready")
    yield _settings(url, tmp_path)
    templates.drop(url)


class Browser(FlaskClient):
    """Reads every answer to its end and closes it, as a server does."""

    def open(self, *args: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **options)


def build(settings: Settings) -> Flask:
    """The whole application."""
    application = create_app(settings, wsgi.FLOORS)
    application.jinja_env.bytecode_cache = COMPILED
    application.test_client_class = Browser
    return application


@contextmanager
def built(settings: Settings) -> Iterator[Flask]:
    """The whole application; when the test ends it must have given every connection back."""
    application = build(settings)
    yield application
    engine = application.extensions["database"].engine
    kept = engine.pool.checkedout()
    engine.dispose()
    assert kept == 0, f"{kept} database connections were not given back"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on that database."""
    with built(settings) as application:
        yield application


@pytest.fixture
def empty_app(templates: Templates, backend: str, tmp_path: Path) -> Iterator[Flask]:
    """The application before its set-up."""
    url = templates.copy(backend, "empty")
    with built(_settings(url, tmp_path)) as application:
        yield application
    templates.drop(url)


@pytest.fixture
def demo_settings(settings: Settings) -> Settings:
    return replace(settings, env="demo")


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["database"]
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that commits when the test ends, for tests of services that need no second connection."""
    with database.transaction() as open_session:
        yield open_session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(autouse=True)
def _french() -> None:
    i18n.use_language("fr")


_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_QUICKLY_NOBODY = _QUICK.hash("nobody")


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords quickly, except where a test is about how long that takes."""
    if "takes_as_long" in request.node.name:
        return
    monkeypatch.setattr(passwords, "_hasher", _QUICK)
    monkeypatch.setattr(passwords, "_NOBODY", _QUICKLY_NOBODY)
