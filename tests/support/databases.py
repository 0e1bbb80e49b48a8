"""Databases for tests: each test gets one that holds exactly what its template holds.

A database that a test gives back is cleaned and lent again, and so is its engine: PostgreSQL takes longer to make a
database than most tests take, and SQLAlchemy longer to compile a page's statements than to run them.
"""

import os
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from coopcircuits import db, migrations
from coopcircuits.cooperative import services as cooperative
from coopcircuits.db import Database
from tests.support.postgresql import PostgreSQL

_new_engine = db.make_engine


@cache
def _engine_of(url: str, _process: int) -> Engine:
    return _new_engine(url)


def _lent_engine(url: str) -> Engine:
    """The engine of this address, with listeners of its own: those of a test end with the test.

    A forked process gets another: connections are not its to share.
    """
    return _engine_of(url, os.getpid()).execution_options()


db.make_engine = _lent_engine


class Templates:
    """Databases to lend: ``empty``, and ``ready`` with a French cooperative set up."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.folder, self.request, self.count = folder, request, 0
        self._made: set[tuple[str, str]] = set()
        self._free: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._lent: dict[str, tuple[str, str]] = {}

    def copy(self, backend: str, kind: str) -> str:
        """URL of a database that nobody else uses until it is given back."""
        template = f"{kind}_template"
        if (backend, kind) not in self._made:
            self._make(backend, template, kind)
            self._made.add((backend, kind))
        free = self._free[backend, kind]
        if free:
            name = free.pop()
        else:
            self.count += 1
            name = f"copy{self.count}"
        if backend == "sqlite":
            target = self.folder / f"{name}.sqlite3"
            shutil.copyfile(self.folder / f"{template}.sqlite3", target)
            url = f"sqlite:///{target}"
        else:
            self._cluster.copy(template, to=name)
            url = self._cluster.url(name)
        self._lent[url] = (backend, kind)
        return url

    def drop(self, url: str) -> None:
        """Give a database back."""
        _lent_engine(url).dispose()  # or the next test would read this one's file through a connection left open
        backend, kind = self._lent.pop(url)
        name = make_url(url).database or ""
        if backend == "sqlite":
            for path in self.folder.glob(Path(name).name + "*"):
                path.unlink()
            name = Path(name).stem
        self._free[backend, kind].append(name)

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
        if backend == "postgresql":
            self._cluster.remember(name)
