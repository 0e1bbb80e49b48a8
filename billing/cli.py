"""Commands of this floor."""

import json
from dataclasses import asdict

import click

from billing.statement import queries
from billing.statement.closing import close_month
from billing.statement.export import statement_document
from billing.statement.words import calculation, explanation, kind_name
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import read_session, transaction
from coopcircuits.errors import NotFound
from coopcircuits.i18n import N_
from coopcircuits.period import Month
from coopcircuits.templating import money_text, short_moment
from shops.enterprise import queries as enterprises

billing_group = Group("billing", help="What shops owe the cooperative.")


@billing_group.command("close")
@click.argument("month", metavar="YYYY-MM")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def close(month: str, as_json: bool) -> None:
    """Close a month: one statement a shop. Doing it again changes nothing."""
    done = close_month(transaction, month=Month.parse(month), actor=SYSTEM)
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    click.echo(
        f"{done.period}: {done.statements} statements ({done.created} new, {done.unchanged} unchanged), "
        f"online turnover {money_text(done.turnover_minor, done.currency)} before tax, "
        f"contributions {money_text(done.contribution_minor, done.currency)} before tax."
    )


@billing_group.command("statement")
@click.argument("shop")
@click.argument("month", metavar="YYYY-MM")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def statement(shop: str, month: str, as_json: bool) -> None:
    """Show a shop's month down to each order; SHOP is the last part of its address. A month under way so far."""
    session, period = read_session(), Month.parse(month)
    try:
        enterprise = enterprises.by_permalink(session, shop)
    except NotFound:
        raise NotFound(N_("No shop has the address %(shop)s."), shop=shop) from None
    found = queries.month_of(session, enterprise=enterprise, month=period)
    lines = queries.lines_of(session, found)
    if as_json:
        click.echo(json.dumps(statement_document(found, lines), ensure_ascii=False, indent=2))
        return
    state = "so far, not closed" if found.is_provisional else found.state
    click.echo(f"{enterprise.name}, {period} ({state})\n\n{explanation(found)}\n")
    for label, amount in calculation(found):
        click.echo(f"{label:<44}{amount:>16}")
    click.echo(f"\n{'Order':<14}{'What':<14}{'When':<24}{'Before tax':>14}{'Tax':>12}{'Total':>14}")
    for line in lines:
        net, tax, gross = (money_text(amount, found.currency) for amount in (line.net, line.tax, line.gross))
        when = short_moment(line.at, enterprise.zone)
        click.echo(f"{line.reference:<14}{kind_name(line.kind):<14}{when:<24}{net:>14}{tax:>12}{gross:>14}")
