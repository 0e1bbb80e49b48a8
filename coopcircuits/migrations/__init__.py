"""The one history of the database's tables, for SQLite and PostgreSQL alike."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

FOLDER = Path(__file__).resolve().parent


def configuration(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to ``revision``."""
    command.upgrade(configuration(engine), revision)


def write_revision(engine: Engine, message: str) -> None:
    """Compare the models with the database and write the difference as a new migration."""
    command.revision(configuration(engine), message=message, autogenerate=True)


@cache
def _head() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config).get_current_head()


def load_models(packages: Iterable[str]) -> None:
    """Import every ``models`` module below these packages, so that the metadata knows all tables."""
    for package in packages:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if found.name.endswith(".models"):
                importlib.import_module(found.name)


def is_current(engine: Engine) -> bool:
    """Whether the tables are those that this code expects."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _head()
