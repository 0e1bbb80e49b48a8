"""Commands of this floor."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import read_session, transaction
from shops.catalogue_import import services as catalogue_import
from shops.catalogue_import.parser import Problem
from shops.catalogue_import.plan import Plan
from shops.enterprise import queries

shops_group = Group("shops", help="Who sells what.")


@shops_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", required=True, help="Permalink of the enterprise whose catalogue it is.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def import_catalogue(file: Path, shop: str, dry_run: bool, as_json: bool) -> None:
    """Import a catalogue in Open Food Network's columns, all or nothing.

    Ends with 0 when it was done, with 1 when the file or some lines cannot be used; then nothing was saved.
    """
    content = file.read_bytes()
    enterprise_id = queries.by_permalink(read_session(), shop).id
    if dry_run:
        _parsed, plan = catalogue_import.preview(read_session(), enterprise_id=enterprise_id, content=content)
        problems = plan.problems
    else:
        plan, problems = _write(enterprise_id, content)
    _say(shop, plan, problems, saved=not dry_run and not problems, as_json=as_json)
    if problems:
        sys.exit(1)


def _write(enterprise_id: int, content: bytes) -> tuple[Plan, list[Problem]]:
    from rich.console import Console  # late: other commands need not wait for it
    from rich.progress import Progress

    try:
        with Progress(console=Console(stderr=True), transient=True) as bar, transaction() as session:
            task = bar.add_task("Importing", total=None)
            plan = catalogue_import.write(
                session,
                actor=SYSTEM,
                enterprise_id=enterprise_id,
                content=content,
                tell=lambda done: bar.update(task, completed=done),
            )
            return plan, []
    except catalogue_import.BadLines as error:
        return Plan(), error.problems


def _say(shop: str, plan: Plan, problems: list[Problem], *, saved: bool, as_json: bool) -> None:
    counts = {"created": plan.created, "updated": plan.updated, "unchanged": plan.unchanged}
    if as_json:
        told = {"shop": shop, "saved": saved, **counts, "problems": [asdict(problem) for problem in problems]}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for problem in problems:
        where = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
        click.echo(f"{where}: “{problem.value}” {problem.message}")
    if problems:
        click.echo(f"Nothing was saved: {len(problems)} problem(s).")
        return
    did = "" if saved else "Would be: "
    click.echo(did + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
