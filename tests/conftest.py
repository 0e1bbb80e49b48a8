"""Every test that touches the database runs on SQLite and on PostgreSQL; each gets a fresh copy of a migrated one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import wsgi
from coopcircuits import i18n, migrations
from coopcircuits.app import create_app
from coopcircuits.config import Settings
from coopcircuits.cooperative import services as cooperative
from coopcircuits.db import Database
from tests.support.compiled import COMPILED
from tests.support.postgresql import PostgreSQL


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="both", choices=["sqlite", "postgresql", "both"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("backend", ["sqlite", "postgresql"] if chosen == "both" else [chosen])


@pytest.fixture(scope="session")
def cluster() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.stop()


class Templates:
    """Migrated databases to copy from: ``empty``, and ``ready`` with a French cooperative set up."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.folder, self.request, self.count = folder, request, 0
        self.made: set[str] = set()

    def copy(self, backend: str, kind: str) -> str:
        """URL of a fresh copy."""
        name = f"{kind}_template"
        if f"{backend}_{kind}" not in self.made:
            self._make(backend, name, kind)
            self.made.add(f"{backend}_{kind}")
        self.count += 1
        if backend == "sqlite":
            target = self.folder / f"copy{self.count}.sqlite3"
            shutil.copyfile(self.folder / f"{name}.sqlite3", target)
            return f"sqlite:///{target}"
        self._cluster.copy(name, to=f"copy{self.count}")
        return self._cluster.url(f"copy{self.count}")

    def drop(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            for path in self.folder.glob(Path(url.removeprefix("sqlite:///")).name + "*"):
                path.unlink()
        else:
            self._cluster.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    @property
    def _cluster(self) -> PostgreSQL:
        server: PostgreSQL = self.request.getfixturevalue("cluster")
        return server

    def _make(self, backend: str, name: str, kind: str) -> None:
        if backend == "sqlite":
            url = f"sqlite:///{self.folder / name}.sqlite3"
        else:
            self._cluster.execute(f"CREATE DATABASE {name}")
            url = self._cluster.url(name)
        database = Database(url)
        migrations.upgrade(database.engine)
        if kind == "ready":
            with database.transaction() as session:
                cooperative.set_up(
                    session,
                    name="Les Circuits du Val",
                    country="FR",
                    currency="EUR",
                    zone="Europe/Paris",
                    email="bonjour@circuits.example",
                )
        with database.engine.connect() as connection:
            if backend == "sqlite":
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
        database.engine.dispose()


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
