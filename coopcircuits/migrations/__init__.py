"""The one history of the database's tables, for SQLite and PostgreSQL alike.

Alembic takes as long to import as all that a page needs, so it is imported where tables change and nowhere else.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Engine

FOLDER = Path(__file__).resolve().parent


def configuration(engine: "Engine") -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: "Engine", revision: str = "head") -> None:
    """Bring the tables to ``revision``."""
    from alembic import command

    command.upgrade(configuration(engine), revision)


def write_revision(engine: "Engine", message: str) -> None:
    """Compare the models with the database and write the difference as a new migration."""
    from alembic import command

    command.revision(configuration(engine), message=message, autogenerate=True)


@cache
def head() -> str:
    """The newest revision: the one that no other names as the one before it."""
    files = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "versions").glob("*.py"))]
    before = {name for text in files for name in _named("down_revision", text)}
    (newest,) = {name for text in files for name in _named("revision", text)} - before
    return newest


def _named(variable: str, text: str) -> list[str]:
    return re.findall(rf"""^{variable}\b[^"'\n]*["'](\w+)""", text, re.MULTILINE)


def load_models(packages: Iterable[str]) -> None:
    """Import every ``models`` module below these packages, so that the metadata knows all tables."""
    for package in packages:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if found.name.endswith(".models"):
                importlib.import_module(found.name)


def is_current(engine: "Engine") -> bool:
    """Whether the tables are those that this code expects."""
    from sqlalchemy import inspect, text

    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return str(connection.scalar(text("SELECT version_num FROM alembic_version"))) == head()
