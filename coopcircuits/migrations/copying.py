"""Move an instance from one database to another, row by row."""

from collections.abc import Callable

from sqlalchemy import Engine, func, insert, select, text

from coopcircuits.db import Model
from coopcircuits.errors import DomainError
from coopcircuits.i18n import N_

_BATCH = 2_000


class TargetNotEmpty(DomainError):
    """The database to copy into has rows already."""

    code = "target-not-empty"
    message = N_("The database to copy into is not empty.")


class CopyIncomplete(DomainError):
    """A table has another number of rows than its source: somebody wrote while it was copied."""

    code = "copy-incomplete"
    message = N_("The table %(table)s was written to while it was copied. Stop the servers, then copy again.")


def copy(source: Engine, target: Engine, *, report: Callable[[str, int], None]) -> None:
    """Copy every table of ``source`` into the migrated, empty ``target``, in one transaction.

    ``report`` is told each table's name and number of rows. The models of every floor must be loaded.
    """
    tables = Model.metadata.sorted_tables
    with source.connect() as reading, target.execution_options(writes=True).connect() as writing, writing.begin():
        for table in tables:
            if writing.scalar(select(func.count()).select_from(table)):
                raise TargetNotEmpty
        for table in tables:
            copied = 0
            rows = reading.execution_options(yield_per=_BATCH).execute(select(table)).mappings()
            for batch in rows.partitions():
                writing.execute(insert(table), [dict(row) for row in batch])
                copied += len(batch)
            if writing.scalar(select(func.count()).select_from(table)) != copied:
                raise CopyIncomplete(table=table.name)
            report(table.name, copied)
        if writing.dialect.name == "postgresql":
            for table in tables:
                _advance_identity(writing.execute, table.name, [c.name for c in table.primary_key.columns])


def _advance_identity(execute: Callable[..., object], table: str, keys: list[str]) -> None:
    """Let the next row get a number above the copied ones."""
    if keys != ["id"]:
        return
    execute(
        text(
            f'SELECT setval(sequence, greatest((SELECT max(id) FROM "{table}"), 1)) '  # noqa: S608 - our own table's name
            f"FROM (SELECT pg_get_serial_sequence('\"{table}\"', 'id') AS sequence) AS found WHERE sequence IS NOT NULL"
        )
    )
