"""Direct debits from the command line."""

import json
from datetime import date
from pathlib import Path

import click

from billing.days import today
from billing.direct_debit import services
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import transaction
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from coopcircuits.templating import money_text

debits_group = Group("debits", help="Direct debits.")


@debits_group.command("prepare")
@click.argument("day", metavar="YYYY-MM-DD")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write the file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def prepare(day: str, out: Path, as_json: bool) -> None:
    """Write the file (pain.008) that asks the bank to collect what is due on a day; no invoice twice."""
    try:
        collection_day = date.fromisoformat(day)
    except ValueError:
        raise InvalidInput(N_("Write the day as YYYY-MM-DD, for example 2026-12-07.")) from None
    if out.exists():
        raise InvalidInput(N_("%(path)s is there already. Nothing has been written."), path=str(out))
    with transaction() as session:
        made = services.prepare_file(session, actor=SYSTEM, day=collection_day, today=today())
        out.write_bytes(made.content)  # before the commit: a full disk leaves nothing half done
    if as_json:
        click.echo(
            json.dumps(
                {
                    "reference": made.reference,
                    "day": str(made.collection_day),
                    "invoices": made.count,
                    "total_minor": made.total,
                    "currency": made.currency,
                    "sha256": made.digest,
                }
            )
        )
        return
    click.echo(f"{made.reference}: {made.count} invoices, {money_text(made.total, made.currency)}, in {out}.")
