"""Bank statements from the command line."""

import json
from collections import Counter
from pathlib import Path

import click

from billing.bank_import import queries, services
from billing.bank_import.camt import MOST_BYTES
from billing.bank_import.models import BankLineState
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import read_session, transaction
from coopcircuits.templating import money_text

receipts_group = Group("receipts", help="Money from shops.")


@receipts_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what each line is recognised as.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_statement(file: Path, dry_run: bool, as_json: bool) -> None:
    """Record a bank statement (camt.053): what is recognised, and the rest to be placed by hand."""
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if dry_run:
        _show(content, as_json)
        return
    with transaction() as session:
        kept = services.keep_upload(session, actor=SYSTEM, file_name=file.name, content=content)
        services.confirm(session, actor=SYSTEM, file_id=kept.id)
        states = Counter(line.state for line in queries.lines_of(session, kept.id))
    counts = {
        "file": file.name,
        "digest": kept.digest,
        "recorded": states[BankLineState.RECORDED],
        "to_place": states[BankLineState.WAITING],
        "left_out": states[BankLineState.SET_ASIDE],
    }
    if as_json:
        click.echo(json.dumps(counts))
        return
    click.echo(
        f"{file.name}: {counts['recorded']} recorded, {counts['to_place']} to be placed by hand, "
        f"{counts['left_out']} left out."
    )


def _show(content: bytes, as_json: bool) -> None:
    found = services.preview(read_session(), content=content)
    if as_json:
        lines = [
            {
                "day": str(each.movement.booked_on),
                "amount_minor": each.movement.amount,
                "currency": each.movement.currency,
                "name": each.movement.name,
                "text": each.movement.text,
                "recognised_by": each.why,
                "enterprise_id": each.enterprise_id,
                "invoice_id": each.invoice_id,
                "missing_minor": each.short,
            }
            for each in found
        ]
        click.echo(json.dumps({"lines": lines}, ensure_ascii=False, indent=2))
        return
    for each in found:
        amount = money_text(each.movement.amount, each.movement.currency or "EUR")
        click.echo(f"{each.movement.booked_on}  {amount:>14}  {each.why:<10} {each.movement.name} {each.movement.text}")
