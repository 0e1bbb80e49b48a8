"""What every door (view, command, job) uses to reach the database and the settings of the running application."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import cast

from flask import current_app, g
from sqlalchemy.orm import Session

from coopcircuits.config import Settings
from coopcircuits.db import Database


def database() -> Database:
    return cast(Database, current_app.extensions["database"])


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def transaction() -> AbstractContextManager[Session]:
    """One transaction: commits when the block ends, rolls back when it raises. Not nestable."""
    close_reading()  # what was read before may be stale after
    return database().transaction()


def read_session() -> Session:
    """The session in which this request reads; closed with the request, never committed."""
    if "read_session" not in g:
        g.read_stack = database().reading()
        g.read_session = g.read_stack.__enter__()
    return cast(Session, g.read_session)


def hand_over_reading() -> Callable[[], None]:
    """Take the reading session from the request, for an answer that reads while it is sent; returns what closes it.

    It may be called more than once, and by whoever comes first: the end of the answer or a reader who went away.
    """
    g.pop("read_session", None)
    held = [g.pop("read_stack")] if "read_stack" in g else []

    def close() -> None:
        while held:
            held.pop().__exit__(None, None, None)

    return close


def close_reading(_error: BaseException | None = None) -> None:
    """End the reading session, if any."""
    if (stack := g.pop("read_stack", None)) is not None:
        g.pop("read_session", None)
        stack.__exit__(None, None, None)
