"""How Alembic reaches our database and our models."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Engine

from coopcircuits.db import Model, UtcDateTime, Word

engine: Engine = context.config.attributes["engine"]


def render_item(kind: str, item: object, _context: Any) -> str | Literal[False]:
    """Write our column types as plain ones, so that old migrations never depend on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=32)"
    return False


with engine.execution_options(writes=True).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
