"""The database: model base, column types, sessions and the one way to commit.

SQLite and PostgreSQL behave the same here: writers on SQLite take the write lock when they begin, so that reading
before writing is as safe as a row lock, and every instant is stored in UTC.
"""

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Engine,
    Insert,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
)
from sqlalchemy.engine import Connection, Dialect, Row
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[enum.StrEnum]):
    """A :class:`enum.StrEnum` stored as its value, without a database type that migrations would have to alter."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: enum.StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.StrEnum | None:
        return None if value is None else self.kind(value)


#: Minor units of money, and other counts that may outgrow 32 bits.
Minor = Annotated[int, mapped_column(BigInteger)]


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def word(kind: type[enum.StrEnum], **options: Any) -> Any:
    """A column holding a member of ``kind``."""
    return mapped_column(Word(kind), **options)


def table(model: type[Model]) -> Table:
    """A model's bare table.

    A statement made of its columns once, as a constant of its module, is sent in a tenth of the time that one takes
    which is made of mapped attributes whenever it is needed. For what every order runs.
    """
    return cast(Table, model.__table__)


#: What such a statement finds.
BareRow = Row[*tuple[Any, ...]]

M = TypeVar("M", bound=Model)


def write(session: Session, row: M) -> M:
    """Insert a new row now: ``session.add`` and a flush at a third of their price, for what every order writes.

    The row comes back with its id and defaults, in the session as if loaded. Its relations are not followed.
    """
    insertion, defaults = _insertion(type(row))
    values = defaults | inspect(row).dict
    (row_id,) = cast(Any, session.execute(insertion, values)).inserted_primary_key
    inspect(row).dict.update(values, id=row_id)
    make_transient_to_detached(row)
    session.add(row)
    return row


def write_unless_there(session: Session, model: type[Model], **columns: Any) -> None:
    """Insert a row; where a unique key says that it is there already, also by somebody else just now, do nothing."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql as its  # late, both are slow to import and one is never needed
    else:
        from sqlalchemy.dialects import sqlite as its  # type: ignore[no-redef]  # they look the same from here
    session.execute(its.insert(model).values(columns).on_conflict_do_nothing())


@cache
def _insertion(model: type[Model]) -> tuple[Insert, dict[str, Any]]:
    """The statement, and what columns hold that nobody filled (not JSON, where None is a value)."""
    columns = [
        column for column in table(model).columns if not column.primary_key and not isinstance(column.type, JSON)
    ]
    defaults = {column.key: getattr(column.default, "arg", None) for column in columns}
    return insert(table(model)), defaults


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends and rolls back when it raises. Not nestable."""
        if _in_transaction.get():
            raise RuntimeError("transactions do not nest: pass the session on")
        token = _in_transaction.set(True)
        try:
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            _in_transaction.reset(token)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading only: whatever it holds is rolled back."""
        with Session(self.engine, autoflush=False) as session:
            yield session


_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


def make_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…`` set up as this house needs it."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 20}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    url = url.replace("postgres://", "postgresql://", 1)
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        url,
        pool_size=5,
        max_overflow=15,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are written down, and what people typed does not belong there
        connect_args={"options": "-c timezone=utc"},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # WAL with NORMAL may lose the last commits when the power goes
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=20000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
