"""Databases to measure on: a file, and a PostgreSQL cluster of our own with its usual durability."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from coopcircuits import migrations
from coopcircuits.cooperative import services as cooperative
from coopcircuits.db import Database

SQLITE, POSTGRESQL = "sqlite", "postgresql"


class Missing(Exception):
    """The machine has no PostgreSQL."""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """An instance's database, migrated and set up; raises :class:`Missing`."""
    if kind == SQLITE:
        with _ready(f"sqlite:///{folder / 'bench.sqlite3'}") as made:
            yield made
        return
    with _cluster() as url, _ready(url) as made:
        yield made


@contextmanager
def _ready(url: str) -> Iterator[Database]:
    made = Database(url)
    try:
        migrations.upgrade(made.engine)
        with made.transaction() as session:
            cooperative.set_up(
                session, name="Bench", country="FR", currency="EUR", zone="Europe/Paris", email="bench@coop.example"
            )
        yield made
    finally:
        made.engine.dispose()


@contextmanager
def _cluster() -> Iterator[str]:
    """A cluster in a temporary folder, reachable by its socket only. As root it runs as the ``postgres`` user."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="coop-bench-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, log = str(folder / "data"), str(folder / "log")
    try:
        _run(binaries / "initdb", "-D", data, "-U", "coop", "--locale=C.UTF-8", "-E", "UTF8", "--auth=trust")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c shared_buffers=256MB"
        _run(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", log, "start")
        try:
            address = f"postgresql+psycopg://coop@/%s?host={folder}"
            engine = create_engine(address % "postgres", isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("CREATE DATABASE bench"))
            engine.dispose()
            yield address % "bench"
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path)]
    if not found:
        raise Missing
    return found[-1].parent


def _run(program: Path, *arguments: str) -> None:
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    command = [*as_postgres, str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
