"""The command that looks once."""

import click

from billing.availability.probing import probe
from billing.availability.services import keep_probe, stop_watch
from billing.commons.cli import federation_group
from coopcircuits import clock
from coopcircuits.doors import settings, transaction


@federation_group.command("probe")
@click.option("--stop", is_flag=True, help="Nobody looks any more: from now on time is not measured, instead of down.")
def probe_once(stop: bool) -> None:
    """Look once at COOP_PROBE_URL and its checkout, as the worker does every minute, and keep what was seen."""
    if stop:
        with transaction() as session:
            stopped = stop_watch(session, at=clock.now())
        click.echo("Time is not measured any more." if stopped else "Nobody was looking.")
        return
    address = settings().probe_url
    if not address:
        raise click.ClickException("set COOP_PROBE_URL to the address of a shop's page, as people outside see it")
    found = probe(address)
    with transaction() as session:
        counted = keep_probe(session, at=clock.now(), milliseconds=found)
    told = "no answer" if found is None else f"{found} ms"
    click.echo(f"{address}  {told}{'' if counted else ', not counted: another probe was just before'}")
    if found is None:
        raise click.exceptions.Exit(1)
