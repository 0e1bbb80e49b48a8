"""The sandbox's memory: one SQLite file with every object as Stripe would show it, in order of creation.

All requests of a process share one connection behind one lock: a payment provider in miniature needs to be right, not
parallel. Another process (the demo loader) may use the file at the same time; SQLite orders the two.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, account TEXT NOT NULL,
    parent TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_listed ON object (account, kind, number);
CREATE INDEX IF NOT EXISTS object_parent ON object (parent, kind);
CREATE TABLE IF NOT EXISTS deadline (id TEXT PRIMARY KEY, due INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    account TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting');
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Rows in and out; :meth:`transaction` is entered by whoever answers a request."""

    def __init__(self, path: str | Path) -> None:
        self._lock = RLock()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        # NORMAL: toy money may lose its last moments at a power cut, never at a crash, and answers in no time.
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One writer at a time, in this process and among processes; all or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Every row of one statement."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of one statement."""
        return next(iter(self.run(sql, *values)), None)

    # ---- objects

    def add(self, account: str, body: Json, parent: str | None) -> None:
        """Keep a new object under its id and kind."""
        self.run(
            "INSERT INTO object (id, kind, account, parent, body) VALUES (?, ?, ?, ?, ?)",
            body["id"],
            body["object"],
            account,
            parent,
            json.dumps(body),
        )

    def save(self, body: Json, parent: str | None = None) -> None:
        """Keep an object's new state."""
        self.run(
            "UPDATE object SET body = ?, parent = coalesce(?, parent) WHERE id = ?",
            json.dumps(body),
            parent,
            body["id"],
        )

    def find(self, id: str, kind: str | None = None) -> tuple[str, Json] | None:
        """The account that holds an object, and the object."""
        row = self.one("SELECT account, kind, body FROM object WHERE id = ?", id)
        return (row[0], json.loads(row[2])) if row and kind in (None, row[1]) else None

    def select(self, account: str, kind: str, parent: str | None = None) -> list[Json]:
        """An account's objects of one kind, newest first."""
        rows = self.run(
            "SELECT body FROM object WHERE account = ? AND kind = ? AND (? IS NULL OR parent = ?) ORDER BY number DESC",
            account,
            kind,
            parent,
            parent,
        )
        return [json.loads(body) for (body,) in rows]

    # ---- settings

    def setting(self, name: str, default: Any) -> Any:
        """What a control has set, such as the clock's advance."""
        row = self.one("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any) -> None:
        """Remember a control's choice."""
        self.run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, json.dumps(value))
