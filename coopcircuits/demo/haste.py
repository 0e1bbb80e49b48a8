"""Commit without waiting for the disk while data that can be made again is being made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from coopcircuits.db import Database


@contextmanager
def hurried(database: Database) -> Iterator[None]:
    """Inside the block a power cut may cost this database; when it has ended, everything is on disk."""
    engine = database.engine
    embedded = engine.dialect.name == "sqlite"
    wish = "PRAGMA synchronous=OFF" if embedded else "SET synchronous_commit TO off"

    def hasten(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(wish)
        cursor.close()
        if not embedded:
            connection.commit()

    event.listen(engine, "connect", hasten)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", hasten)
        engine.dispose()
        _to_disk(database, embedded=embedded)


def _to_disk(database: Database, *, embedded: bool) -> None:
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        if embedded:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:  # a commit that waits takes all earlier ones with it
            cursor.execute("CREATE TEMPORARY TABLE last_of_the_hurried (nothing integer) ON COMMIT DROP")
            connection.commit()
        cursor.close()
    finally:
        connection.close()
