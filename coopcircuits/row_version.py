"""Reading one number of one row, before every answer of a kept page: as cheaply as the database allows.

Each thread holds a connection of its own that never has a transaction open, so it always sees the last commit.
"""

import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import event

from coopcircuits.db import Database

#: Of the prepared statement.
_NAME = b"row_version"


class RowVersions:
    """The versions in one table; ``table``, ``key`` and ``column`` are names from our own code."""

    def __init__(self, database: Database, *, table: str, key: str, column: str) -> None:
        self._engine = database.engine
        place = "?" if self._engine.dialect.name == "sqlite" else "$1"
        self._statement = f"SELECT {column} FROM {table} WHERE {key} = {place}"  # noqa: S608 - names of our own code
        self._read = self._on_sqlite if self._engine.dialect.name == "sqlite" else self._on_postgresql
        self._mine = threading.local()
        self._opened: list[Any] = []
        self._lock = threading.Lock()
        event.listen(self._engine, "engine_disposed", self._close)

    def current(self, subject: int) -> int | None:
        """The committed version of a row, 0 if there is none; ``None`` when the database does not answer."""
        try:
            return self._read(subject)
        except self._engine.dialect.loaded_dbapi.Error:
            self._forget()  # the page itself will say what is wrong; the next call connects again
            return None

    def _on_sqlite(self, subject: int) -> int:
        """The pragma changes with every commit of anybody else, and costs microseconds since it reads no page."""
        mine = self._mine
        if not hasattr(mine, "connection"):
            mine.connection, mine.stamp, mine.known = self._connect(), None, {}
        [(stamp,)] = mine.connection.execute("PRAGMA data_version").fetchall()
        if stamp != mine.stamp:
            mine.stamp = stamp
            mine.known.clear()
        if subject not in mine.known:
            mine.known[subject] = _number(mine.connection.execute(self._statement, (subject,)).fetchall())
        known: int = mine.known[subject]
        return known

    def _on_postgresql(self, subject: int) -> int:
        """One call of the client library: the driver's cursors take longer than the database, and give way to other
        threads several times in each answer."""
        mine, driver = self._mine, self._engine.dialect.loaded_dbapi
        if not hasattr(mine, "connection"):
            mine.connection = self._connect()
            mine.connection.rollback()
            mine.connection.pgconn.prepare(_NAME, self._statement.encode())
        answer = mine.connection.pgconn.exec_prepared(_NAME, [b"%d" % subject])
        if answer.status != driver.pq.ExecStatus.TUPLES_OK:
            raise driver.OperationalError(answer.error_message.decode(errors="replace"))
        return int(answer.get_value(0, 0)) if answer.ntuples else 0

    def _connect(self) -> Any:
        """A plain driver connection, set up like the engine's own but not of its pool."""
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        with self._lock:
            self._opened.append(connection)
        return connection

    def _forget(self) -> None:
        """Let go of this thread's connection."""
        mine = self._mine.__dict__
        if (connection := mine.get("connection")) is not None:
            with self._lock, suppress(ValueError):
                self._opened.remove(connection)
            with suppress(self._engine.dialect.loaded_dbapi.Error):
                connection.close()
        mine.clear()

    def _close(self, _engine: object) -> None:
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
            self._mine = threading.local()


def _number(rows: list[tuple[int]]) -> int:
    return rows[0][0] if rows else 0
