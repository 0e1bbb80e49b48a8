"""Write rows by the thousand, past the ORM: as fast as each database takes them, with flat memory.

What rows must be true to (sums, counters, references) is up to whoever writes them; what they must contain is checked
against the models.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import Engine

from coopcircuits.db import Database, Model

#: Rows of one table that are kept before all tables are written.
_FULL = 5_000
#: Kilobytes of pages that SQLite keeps while it updates its indexes.
_SQLITE_CACHE = 65_536


def moment(instant: datetime) -> str:
    """An instant as both databases read it from text."""
    return instant.astimezone(UTC).isoformat(" ", "microseconds")[:26]


class Table:
    """Rows of one model. ``varying`` names the columns given with each row, ``constant`` those that are always the
    same; the others get their model's default, or nothing where they may be empty."""

    def __init__(
        self, bulk: "Bulk", model: type[Model], varying: tuple[str, ...], constant: dict[str, Any], ids: Iterator[int]
    ) -> None:
        self._bulk, self.model, self.rows = bulk, model, list[tuple[Any, ...]]()
        self._ids = ids
        rest = [column for column in model.__table__.columns if column.name not in varying]
        known = {column.name for column in model.__table__.columns}
        if unknown := ({*varying} | constant.keys()) - known:
            raise ValueError(f"{model.__name__} has no {unknown}")
        self.columns = (*varying, *(column.name for column in rest))
        self._always = tuple(_always(column, constant) for column in rest)

    def next_id(self) -> int:
        """The id of the row that is about to be added."""
        return next(self._ids)

    def add(self, *values: Any) -> None:
        """One row: texts, numbers and instants as :func:`moment` writes them, in the order of ``varying``."""
        self.rows.append(values + self._always)
        if len(self.rows) >= _FULL:
            self._bulk.flush()


class Bulk:
    """Tables that are written together, in the order in which they were opened: parents first."""

    def __init__(self, engine: Engine, connection: Any) -> None:
        self._engine, self._connection = engine, connection
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._tables: list[Table] = []
        self._ids: dict[type[Model], Iterator[int]] = {}

    def table(self, model: type[Model], *varying: str, **constant: Any) -> Table:
        """Open a table; ids begin after the last one that is there."""
        if model not in self._ids:
            self._ids[model] = count(self._last_id(model) + 1)
        table = Table(self, model, varying, constant, self._ids[model])
        self._tables.append(table)
        return table

    def _last_id(self, model: type[Model]) -> int:
        if "id" not in model.__table__.columns:
            return 0
        cursor = self._connection.cursor()
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {self._quoted(model)}")  # noqa: S608 - our names
        [(last,)] = cursor.fetchall()
        self._connection.commit()
        return int(last)

    def _quoted(self, model: type[Model]) -> str:
        return str(self._engine.dialect.identifier_preparer.quote(model.__tablename__))

    def flush(self) -> None:
        """Write and commit what is there."""
        cursor = self._connection.cursor()
        if self._is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        for table in self._tables:
            if table.rows:
                self._write(cursor, table)
                table.rows.clear()
        self._connection.commit()
        cursor.close()

    def _write(self, cursor: Any, table: Table) -> None:
        name, columns = self._quoted(table.model), ", ".join(table.columns)
        if self._is_sqlite:
            places = ", ".join("?" * len(table.columns))
            cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({places})", table.rows)  # noqa: S608 - our names
            return
        with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in table.rows:
                copy.write_row(row)

    def close(self) -> None:
        """Write the rest, and let the next ordinary row follow."""
        self.flush()
        if self._is_sqlite:
            return
        cursor = self._connection.cursor()
        for table in self._tables:
            if "id" in table.columns:
                name = self._quoted(table.model)
                last = f"coalesce((SELECT max(id) FROM {name}), 1)"  # noqa: S608 - our names
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})")
        self._connection.commit()
        cursor.close()


@contextmanager
def writing(database: Database) -> Iterator[Bulk]:
    """Bulk rows into a database to which nobody else writes meanwhile."""
    engine = database.engine
    connection = engine.raw_connection()
    try:
        if engine.dialect.name == "sqlite":
            connection.cursor().execute(f"PRAGMA cache_size=-{_SQLITE_CACHE}")
        bulk = Bulk(engine, connection)
        yield bulk
        bulk.close()
    finally:
        connection.close()


def _always(column: Any, constant: dict[str, Any]) -> Any:
    """The value that a column has in every row."""
    if column.name in constant:
        return _plain(constant[column.name])
    if column.default is not None:
        default = column.default.arg
        return "[]" if callable(default) else _plain(default)
    if column.nullable:
        return None
    raise ValueError(f"{column.table.name}.{column.name} needs a value")


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return json.dumps(value) if isinstance(value, list | dict) else value
