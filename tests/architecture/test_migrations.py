"""The migration history leads to the very tables that the models describe, on both databases."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from coopcircuits import migrations
from coopcircuits.db import Database, Model


def test_migrated_tables_equal_the_models(app: Flask, database: Database) -> None:
    migrations.load_models(["coopcircuits", *app.extensions["floors"]])
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Model.metadata) == []


def test_checks_and_indexes_equal_the_models(app: Flask, database: Database, tmp_path: Any) -> None:
    """Alembic does not compare check constraints, so the two catalogues are compared directly."""
    migrations.load_models(["coopcircuits", *app.extensions["floors"]])
    if database.engine.dialect.name != "sqlite":
        fresh = database.engine
        migrated = _catalogue(database.engine)
        Model.metadata.drop_all(fresh)
        Model.metadata.create_all(fresh)
        assert _catalogue(fresh) == migrated
        return
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    Model.metadata.create_all(fresh)
    assert _catalogue(fresh) == _catalogue(database.engine)


def _catalogue(engine: Any) -> dict[str, Any]:
    look = inspect(engine)
    return {
        table: {
            "columns": sorted((c["name"], bool(c["nullable"])) for c in look.get_columns(table)),
            "checks": sorted(str(c["name"]) for c in look.get_check_constraints(table)),
            "unique": sorted(str(c["name"]) for c in look.get_unique_constraints(table)),
            "indexes": sorted(str(i["name"]) for i in look.get_indexes(table)),
            "keys": sorted(str(k["name"]) for k in look.get_foreign_keys(table)),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }


def test_the_newest_revision_is_read_from_the_files_alone(database: Database) -> None:
    script = ScriptDirectory.from_config(migrations.configuration(database.engine))
    assert migrations.head() == script.get_current_head()
    assert migrations.is_current(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert not migrations.is_current(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert not migrations.is_current(database.engine)
