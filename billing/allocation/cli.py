"""Commands about who pays what: keys of sharing, exchange rates, allocations."""

import json
from pathlib import Path
from typing import Any

import click

from billing.allocation import services
from billing.allocation.export import write_archive
from billing.allocation.queries import payload_of
from billing.commons import sharing_key
from billing.commons.cli import federation_group
from billing.commons.instance import instance_name, open_keys, profile, signed_identity
from billing.exchange_rate import services as exchange_rates
from billing.peer import queries as peers
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.doors import read_session, transaction
from coopcircuits.federation.canonical import decode
from coopcircuits.period import Month

rates_group = Group("rates", help="Exchange rates, used by the key of sharing only.")
federation_group.add_command(rates_group)


@rates_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rates_load(file: Path) -> None:
    """Store the monthly means of FILE, the European Central Bank's history: eurofxref-hist.zip or the CSV in it."""
    with transaction() as session:
        loaded = exchange_rates.load_rates(session, actor=SYSTEM, content=file.read_bytes())
    click.echo(f"{loaded.first} to {loaded.last}: {loaded.stored} rates stored, {loaded.known} were known.")


@federation_group.command("propose-key")
@click.option("--from", "since", required=True, metavar="YYYY-MM", help="First month that it rules.")
@click.option("--decision", required=True, help="What was decided, where and by whom.")
def propose_key(since: str, decision: str) -> None:
    """Print a key of sharing for us and our sisters, to be discussed, changed, voted, then adopted by each."""
    us = profile()
    members = [(us.instance, us.currency), *((peer.host, peer.currency) for peer in peers.peers(read_session()))]
    payload = sharing_key.hybrid(
        members,
        since=str(Month.parse(since)),
        decided_on=clock.now().date().isoformat(),
        decision=decision,
    )
    click.echo(json.dumps(payload, ensure_ascii=False, indent=2))


@federation_group.command("adopt-key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def adopt_key(file: Path) -> None:
    """Sign the key of sharing in FILE, as the members voted it. All must adopt the very same."""
    with transaction() as session:
        key = services.adopt_key(session, actor=SYSTEM, payload=_payload(file.read_bytes()), keys=open_keys())
    click.echo(f"Version {key.version}, from {key.since}: {key.digest}")


@federation_group.command("allocate")
@click.argument("month", metavar="YYYY-MM")
@click.option("--json", "as_json", is_flag=True, help="Print the payload as one JSON object.")
def allocate(month: str, as_json: bool) -> None:
    """Compute who pays what for a month, sign and publish it. The same result again changes nothing."""
    with transaction() as session:
        found = services.compute_allocation(
            session, actor=SYSTEM, month=Month.parse(month), instance=instance_name(), keys=open_keys()
        )
        services.settle(session, actor=SYSTEM, month=Month.parse(month))
    payload = payload_of(found)
    if as_json:
        click.echo(json.dumps({**payload, "digest": found.digest, "locked": found.locked_at is not None}))
        return
    click.echo(f"{payload['period']}: {found.digest}{', locked' if found.locked_at else ''}")
    click.echo(f"{'Instance':<40}{'Share':>14}{'True-up':>14}")
    for entry in payload["shares"]:
        click.echo(f"{entry['instance']:<40}{_euros(entry['share']):>14}{_euros(entry['true_up']):>14}")
    click.echo(f"{'Uncovered':<40}{_euros(payload['uncovered']):>14}")
    click.echo(f"{'Budget':<40}{_euros(payload['budget']):>14}")


@federation_group.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Write everything signed that we hold into FOLDER: anybody can verify it offline with billing.commons.verifier."""
    count = write_archive(read_session(), folder, instance=instance_name(), identity=signed_identity())
    click.echo(f"{count} documents. Verify them with: python -m billing.commons.verifier {folder}")


@federation_group.command("simulate")
@click.option("--instances", default=20, type=click.IntRange(1, 20), help="How many of the twenty instances.")
@click.option("--months", default=24, type=click.IntRange(1, 36), help="How many months they live.")
@click.option("--seed", default=1, help="All chance is drawn from it: the same seed, the same figures.")
@click.option("--write", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write docs/trust.md too.")
def simulate(instances: int, months: int, seed: int, target: Path | None) -> None:
    """Let instances report, be late, be hostile, and compute who pays what; fail if anything that must hold breaks.

    With --write, also try random keys of sharing, attack the privacy of what is published, time the offline verifier,
    and write all of it down as the page that is published with every release.
    """
    from billing.commons.simulation import trust  # it is only needed here, and is not small
    from billing.commons.simulation.run import Simulation

    if target is None:
        outcome = Simulation(instances=instances, months=months, seed=seed).run()
        run, holds = trust.Run(instances, months, seed, outcome), not outcome.broken
    else:
        proof = trust.prove(instances=instances, months=months, seed=seed)
        target.write_text(trust.page(proof, now=clock.now()), "utf-8")
        run, holds = proof.large, proof.holds
    click.echo(run.text)
    if not holds:
        raise click.exceptions.Exit(1)


def _payload(raw: bytes) -> Any:
    """The payload in a file that holds it bare or in a sister's envelope."""
    document = decode(raw)
    return (
        document["payload"] if isinstance(document, dict) and document.keys() == {"payload", "signatures"} else document
    )


def _euros(cents: int) -> str:
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"
