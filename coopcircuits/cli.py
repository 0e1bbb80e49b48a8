"""Commands that belong to no floor in particular, and how a refusal is shown in a terminal."""

import signal
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from coopcircuits import catalogues, i18n, jobs, migrations
from coopcircuits.db import make_engine
from coopcircuits.doors import database
from coopcircuits.errors import DomainError
from coopcircuits.migrations import copying

P = ParamSpec("P")
R = TypeVar("R")


class Group(AppGroup):
    """A group of commands that says a :class:`DomainError` in one line and exits with 1."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        if cmd.callback is not None:
            cmd.callback = _said_plainly(cmd.callback)
        super().add_command(cmd, name)


def _said_plainly(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        i18n.use_language("en")
        try:
            return function(*args, **kwargs)
        except DomainError as error:
            raise click.ClickException(str(error)) from error

    return run


jobs_group = Group("jobs", help="Periodic work.")


@jobs_group.command("once")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def jobs_once(name: str, dry_run: bool) -> None:
    """Run one periodic job now."""
    if name not in jobs.names():
        raise click.ClickException(f"no job is named {name}; there are: {', '.join(jobs.names())}")
    click.echo(jobs.run_once(name, dry_run=dry_run))


@jobs_group.command("list")
def jobs_list() -> None:
    """Name the periodic jobs."""
    for name in jobs.names():
        click.echo(name)


db_group = Group("db", help="The database's tables.")


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to what this version needs."""
    migrations.upgrade(database().engine)
    click.echo("The tables are up to date.")


@db_group.command("copy")
@click.argument("source")
def db_copy(source: str) -> None:
    """Copy another database's rows (SOURCE is its address) into this one, which must be empty."""
    migrations.load_models(["coopcircuits", *current_app.extensions["floors"]])
    copying.copy(make_engine(source), database().engine, report=lambda table, rows: click.echo(f"{table}: {rows}"))


@db_group.command("revision")
@click.argument("message")
def db_revision(message: str) -> None:
    """Write a migration for what the models changed (run it against PostgreSQL)."""
    migrations.load_models(["coopcircuits", *current_app.extensions["floors"]])
    migrations.write_revision(database().engine, message)


i18n_group = Group("i18n", help="Translations.")


@i18n_group.command("update")
def i18n_update() -> None:
    """Bring the catalogues in step with the code and name what is not yet translated."""
    for language in i18n.LANGUAGES:
        if not catalogues.path_of(language).exists():
            continue
        missing = catalogues.update(language)
        click.echo(f"{language}: {len(missing)} to translate")
        for message in missing:
            click.echo(f"  {message.id!r}")


@click.command("worker")
def worker() -> None:
    """Deliver events, send mails and run periodic jobs until stopped."""
    stopped = False

    def stop(*_signal: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy, documented
    jobs.work(app, stop=lambda: stopped)


def init_app(app: Flask) -> None:
    app.cli.add_command(jobs_group)
    app.cli.add_command(db_group)
    app.cli.add_command(i18n_group)
    app.cli.add_command(worker)
