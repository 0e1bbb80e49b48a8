"""A throw-away PostgreSQL cluster, started once per test process from the machine's own binaries."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text


class PostgreSQL:
    """A cluster in a temporary folder, reachable by its socket only. As root it runs as the ``postgres`` user."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="coop-pg-"))
        self.binaries = _binaries()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb", "-D", self.data, "-U", "coop", "--locale=C.UTF-8", "-E", "UTF8", "--auth=trust", "--no-sync"
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=200"
            " -c fsync=off -c full_page_writes=off -c autovacuum=off"  # nothing here outlives its test
        )
        self._run("pg_ctl", "-D", self.data, "-w", "-o", options, "-l", str(self.folder / "log"), "start")
        self._administrator = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        self._copies: dict[str, Copy] = {}

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://coop@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run a statement that no transaction may hold."""
        with self._administrator.connect() as connection:
            connection.execute(text(statement))

    def copy(self, database: str, *, to: str) -> None:
        """Make ``to`` hold what the template ``database`` held when :meth:`remember` was told of it."""
        copied = self._copies.get(to)
        if copied is None or not copied.clean():
            if copied:
                copied.close()
            self.execute(f"DROP DATABASE IF EXISTS {to} WITH (FORCE)")
            self.execute(f"CREATE DATABASE {to} TEMPLATE {database}{self._by_files}")
            self._copies[to] = Copy(self.url(to))

    def remember(self, database: str) -> None:
        """Keep the rows of a template within it, for its copies."""
        with psycopg.connect(_plain(self.url(database))) as connection:
            connection.execute("CREATE SCHEMA pristine")
            for name in _names(connection, _TABLES):
                if connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone():
                    connection.execute(f"CREATE TABLE pristine.{name} AS TABLE {name}")
            for name in _names(connection, _SEQUENCES):
                connection.execute(f"CREATE TABLE pristine.{name} AS SELECT last_value, is_called FROM {name}")

    @property
    def _by_files(self) -> str:
        """From version 15 on a copy goes through the log unless told otherwise, at twice the price."""
        version: tuple[int, ...] = self._administrator.dialect.server_version_info  # type: ignore[attr-defined]  # of this dialect
        return " STRATEGY file_copy" if version >= (15,) else ""

    def stop(self) -> None:
        for copied in self._copies.values():
            copied.close()
        self._administrator.dispose()
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*as_postgres, str(self.binaries / program), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")


_TABLES = "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_SEQUENCES = "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
#: Changes when a test changed a table, a column or a trigger.
_SHAPE = """SELECT
    (SELECT sum(hashtext(oid::text || xmin::text)) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT sum(hashtext(oid::text || xmin::text)) FROM pg_trigger),
    (SELECT sum(hashtext(oid::text || xmin::text)) FROM pg_constraint)"""
_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


class Copy:
    """A copied database that can be brought back to what it was: cheaper by far than another copy."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(_plain(url), autocommit=True)
        ask = self._connection.execute
        self._shape = ask(_SHAPE).fetchone()
        tables = _names(self._connection, _TABLES)
        self._filled = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables)
        kept = _names(self._connection, _TABLES.replace("public", "pristine"))
        self._rows = {name: f"INSERT INTO {name} TABLE pristine.{name}" for name in tables if name in kept}
        self._counters = [
            f"SELECT setval('{name}', last_value, is_called) FROM pristine.{name}"
            for name in _names(self._connection, _SEQUENCES)
        ]
        self._cleanings = 0

    def clean(self) -> bool:
        """Whether the database is as it was; if not, nothing helps but another copy."""
        ask = self._connection.execute
        try:
            ask(_OTHERS)
            if ask(_SHAPE).fetchone() != self._shape:
                return False
            filled = {name for (name,) in ask(self._filled)} | self._rows.keys()
            with self._connection.transaction():
                ask("SET LOCAL lock_timeout = '5s'")
                ask("SET LOCAL session_replication_role = replica")  # no trigger and no foreign key minds the order
                ask("; ".join([*(f"DELETE FROM {name}" for name in filled), *self._rows.values(), *self._counters]))
            self._cleanings += 1
            if self._cleanings % 10 == 0:
                ask("VACUUM " + ", ".join(filled))
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        self._connection.close()


def _names(connection: psycopg.Connection, question: str) -> list[str]:
    return [name for (name,) in connection.execute(question)]


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path)]
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run ./test, which installs it")
    return found[-1].parent
