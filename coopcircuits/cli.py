"""Commands that belong to no floor in particular, and how a refusal is shown in a terminal."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from email_validator import EmailNotValidError, validate_email
from flask import Flask, current_app
from flask.cli import AppGroup

from coopcircuits import catalogues, config, i18n, jobs, migrations, worker
from coopcircuits.auth import queries as account_queries
from coopcircuits.auth import services as accounts
from coopcircuits.cooperative import services as cooperative
from coopcircuits.db import make_engine
from coopcircuits.doors import database, transaction
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


def _address(_context: click.Context, _option: click.Parameter, typed: str) -> str:
    try:
        return validate_email(typed, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise click.BadParameter(str(error)) from error


auth_group = Group("auth", help="Accounts.")


@auth_group.command("create-admin")
@click.argument("email", callback=_address)
@click.option("--name", default="", help="First name and name; asked for if missing.")
@click.option("--language", default=i18n.DEFAULT, type=click.Choice(list(i18n.LANGUAGES)), show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def create_admin(email: str, name: str, language: str, password_stdin: bool) -> None:
    """Let an account, made if need be, work for the cooperative. An existing account keeps its password."""
    with database().reading() as session:
        is_new = account_queries.user_by_email(session, email) is None
    password = None
    if is_new:
        name = name or click.prompt("First name and name")
        password = _password(ask=not password_stdin)
    with transaction() as session:
        user = accounts.create_administrator(session, email=email, name=name, password=password, language=language)
    click.echo(f"{user.email} now works for the cooperative" + (" (account made)." if is_new else " (password kept)."))


def _password(*, ask: bool) -> str:
    if ask:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


cooperative_group = Group("cooperative", help="Who runs this instance.")


@cooperative_group.command("set-up")
@click.option("--name", required=True, help="As people know it.")
@click.option("--email", required=True, callback=_address, help="Where people write to.")
@click.option("--country", default="FR", show_default=True, help="ISO 3166 code.")
@click.option("--currency", default="", help="ISO 4217 code; the country's if missing.")
@click.option("--zone", default="", help="IANA name such as Europe/Paris; the country's if missing.")
def cooperative_set_up(name: str, email: str, country: str, currency: str, zone: str) -> None:
    """Do what the first page does, apart from the administrator (auth create-admin)."""
    with transaction() as session:
        row = cooperative.set_up(session, name=name, country=country, currency=currency, zone=zone, email=email)
    click.echo(f"{row.name} is set up: {row.country}, {row.currency}, {row.zone}.")


@click.command("settings")
def settings_table() -> None:
    """List every setting with its default, as docs/configuration.md does."""
    click.echo(config.as_table())


@click.command("worker")
def work() -> None:
    """Deliver events, send mails and run periodic jobs until stopped."""
    worker.work(current_app._get_current_object())  # type: ignore[attr-defined]  # werkzeug's proxy, documented


def init_app(app: Flask) -> None:
    app.cli.add_command(auth_group)
    app.cli.add_command(cooperative_group)
    app.cli.add_command(settings_table)
    app.cli.add_command(jobs_group)
    app.cli.add_command(db_group)
    app.cli.add_command(i18n_group)
    app.cli.add_command(work)
