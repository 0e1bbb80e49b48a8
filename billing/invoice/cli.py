"""Commands about invoices."""

import json
import sys
from pathlib import Path

import click

from billing.invoice import queries
from billing.invoice.issuing import issue_month
from billing.invoice.naming import file_name
from billing.invoice.sealing import digest
from billing.invoice.verification import verify as verify_all
from billing.invoice.verification import verify_against
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import read_session, transaction
from coopcircuits.period import Month
from coopcircuits.site import site
from coopcircuits.templating import money_text

#: List of an export's digests.
_SUMS = "SHA256SUMS"

invoices_group = Group("invoices", help="What the cooperative asks of its shops on paper.")


@invoices_group.command("issue")
@click.argument("month", metavar="YYYY-MM")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def issue(month: str, as_json: bool) -> None:
    """Invoice every approved statement of a month. Doing it again issues only what was refused before."""
    period, done = str(Month.parse(month)), []
    for outcome in issue_month(transaction, period=period, actor=SYSTEM):
        done.append(outcome)
        if not as_json:
            amount = money_text(outcome.total, site().currency)
            click.echo(f"{outcome.number:<14}{amount:>14}  {outcome.shop}" if outcome.number else outcome.refused)
    issued = [outcome for outcome in done if outcome.number]
    refused = {outcome.shop: outcome.refused for outcome in done if outcome.refused}
    total = sum(outcome.total for outcome in issued)
    if as_json:
        numbers = [outcome.number for outcome in issued]
        said = {"period": period, "issued": numbers, "refused": refused}
        click.echo(json.dumps({**said, "total_minor": total, "currency": site().currency}, ensure_ascii=False))
    else:
        click.echo(f"{period}: {len(issued)} issued, {money_text(total, site().currency)}; {len(refused)} refused.")
    if refused:
        sys.exit(1)


@invoices_group.command("verify")
@click.option("--against", type=click.Path(exists=True, file_okay=False, path_type=Path), help="An earlier export.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(against: Path | None, as_json: bool) -> None:
    """Check every document: its file, its seal, its XML, its place in the series. Names the first that is wrong."""
    verdict = verify_all(read_session())
    wrong = verdict.wrong
    if wrong is None and against is not None:
        wrong = verify_against(read_session(), _exported(against))
    if as_json:
        found = {"number": wrong.number, "says": wrong.says} if wrong else None
        click.echo(json.dumps({"documents": verdict.documents, "wrong": found}, ensure_ascii=False))
    elif wrong is None:
        click.echo(f"{verdict.documents} documents checked: all as they were issued.")
    else:
        click.echo(f"{wrong.number}: {wrong.says}", err=True)
    if wrong is not None:
        sys.exit(1)


@invoices_group.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write every document into FOLDER, with a list of their SHA-256 digests that ``sha256sum -c`` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = []
    for invoice in queries.whole(read_session()):
        (folder / file_name(invoice.number)).write_bytes(invoice.pdf)
        digests.append(f"{digest(invoice.pdf)}  {file_name(invoice.number)}\n")
    (folder / _SUMS).write_text("".join(digests))
    click.echo(f"{len(digests)} documents written to {folder}")


def _exported(folder: Path) -> dict[str, str]:
    """File names of an export and their digests."""
    lines = (line.split(maxsplit=1) for line in (folder / _SUMS).read_text().splitlines())
    return {name: sha256 for sha256, name in lines}
