"""Commands of the books."""

from pathlib import Path

import click

from billing.ledger import archive, fec, instance
from billing.ledger.verification import Whole, Wrong, read_records, verify_file
from coopcircuits.cli import Group
from coopcircuits.doors import read_session

ledger_group = Group("ledger", help="The books about contributions.")
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@ledger_group.command("close")
def close() -> None:
    """Close every day, month and year that is over. Doing it again changes nothing."""
    made = instance.close_books()
    for closing in made:
        click.echo(f"{closing.period}: entries {closing.first_id} to {closing.last_id}, {closing.hash}")
    click.echo(f"{len(made)} closings made.")


@ledger_group.command("export")
@click.argument("folder", type=_FOLDER)
def export(folder: Path) -> None:
    """Write the books to FOLDER as one file that can be verified anywhere."""
    click.echo(instance.write_books(read_session(), folder))


@ledger_group.command("fec")
@click.argument("year", type=click.IntRange(2000, 2099))
@click.option("--out", "folder", type=_FOLDER, default=Path(), help="Where to write it; here if not said.")
def fec_file(year: int, folder: Path) -> None:
    """Write the file of YEAR that French tax authorities ask for."""
    click.echo(fec.write_fec(read_session(), year, folder))


@ledger_group.command("verify")
@click.argument("source", default="database", metavar="[FOLDER|FILE|database]")
@click.option(
    "--against", type=_FILE, multiple=True, help="Closings or books kept elsewhere, which must be found again."
)
def verify(source: str, against: tuple[Path, ...]) -> None:
    """Read every row and name the first that is not as it was entered.

    An exported file needs no database; a file closings.jsonl beside it is compared as well.
    """
    try:
        anchors = [record for path in against for record in read_records(path)]
        if source == "database":
            whole = instance.verify_own_books(read_session(), anchors=anchors)
        else:
            path = Path(source) / archive.FILE_NAME if Path(source).is_dir() else Path(source)
            beside = path.with_name(instance.KEPT)
            anchors += read_records(beside) if beside.exists() else []
            whole = verify_file(path, anchors=anchors)
    except Wrong as wrong:
        raise click.ClickException(f"WRONG: {wrong}") from None
    except OSError as error:
        raise click.ClickException(f"{source} cannot be read: {error.strerror}") from None
    click.echo(said(whole))


def said(whole: Whole) -> str:
    """What was verified, in a line."""
    text = f"{whole.entries} entries and {whole.closings} closings are whole; {whole.signed} closings are signed"
    if whole.unchecked:
        text += f", {whole.unchecked} with a key that is not at hand"
    return f"{text}. Last closed: {whole.last_closing or 'nothing yet'}."
