"""A throw-away PostgreSQL cluster, started once per test process from the machine's own binaries."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

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
        self.execute(f"CREATE DATABASE {to} TEMPLATE {database}{self._by_files}")

    @property
    def _by_files(self) -> str:
        """From version 15 on a copy goes through the log unless told otherwise, at twice the price."""
        version: tuple[int, ...] = self._administrator.dialect.server_version_info  # type: ignore[attr-defined]  # of this dialect
        return " STRATEGY file_copy" if version >= (15,) else ""

    def stop(self) -> None:
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


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path)]
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run ./test, which installs it")
    return found[-1].parent
