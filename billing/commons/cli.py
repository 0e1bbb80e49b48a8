"""Commands about our keys, our reports and our sisters."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from billing.commons import services
from billing.commons.draft import payload_of
from billing.commons.instance import instance_name, key_folder, open_keys, own_identity, profile, pull_client
from billing.peer import queries as peers
from billing.peer import services as peering
from billing.peer.errors import FingerprintDiffers
from billing.peer.models import PeerState
from billing.peer.pulling import fetch_identity, pull_peer
from billing.peer.standing import outcome_text, subject_text
from billing.revocation.services import sign_again
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.cli import Group
from coopcircuits.cooperative.queries import cooperative
from coopcircuits.doors import read_session, settings, transaction
from coopcircuits.errors import NotFound
from coopcircuits.federation import root_key
from coopcircuits.federation.announcement import sign_ahead, signed_until
from coopcircuits.federation.identity import fingerprint
from coopcircuits.federation.keys import ANNOUNCE_AHEAD, KeyRecord, KeyStore
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.i18n import N_
from coopcircuits.period import Month

federation_group = Group("federation", help="Reports exchanged with sister instances.")
keys_group = Group("keys", help="The keys under which this instance signs.")
federation_group.add_command(keys_group)


@keys_group.command("show")
def keys_show() -> None:
    """Show the fingerprint to read to sisters, and each key with its dates. No private key is shown."""
    keys, now = open_keys(), clock.now()
    until = signed_until(keys, instance_name())
    click.echo(f"Instance       {instance_name()}")
    click.echo(f"Fingerprint    {fingerprint(keys.root_key)}")
    click.echo(f"Root key       {'on this disk (demonstration)' if keys.root_on_disk else 'kept elsewhere'}")
    click.echo(f"Identity       {f'signed until {format_moment(until)}' if until else 'not signed yet'}")
    for record in (*keys.verify_keys(now), *keys.old_verify_keys(now)):
        click.echo(f"{record.kid}  {_dates(record)}")


@keys_group.command("rotate")
@click.option("--in-days", default=ANNOUNCE_AHEAD.days, help="When the new key takes over; 35 days at least.")
def keys_rotate(in_days: int) -> None:
    """Make a new signing key and announce it, so that sisters know it before it signs anything."""
    keys, now = open_keys(), clock.now()
    # The announcement counts from its signature: a minute more keeps 35 days true.
    valid_from = now + timedelta(days=in_days, minutes=1)
    kid = keys.rotate(now=now, valid_from=valid_from)
    click.echo(f"{kid} takes over at {format_moment(valid_from)}.")
    if not keys.root_on_disk:
        click.echo("Run “flask federation keys sign-identity” now, so that sisters learn of it.")


@keys_group.command("revoke")
@click.argument("kid")
@click.option(
    "--since", required=True, metavar="TIME", help="Since when it may be in other hands: 2026-11-05T08:00:00Z."
)
def keys_revoke(kid: str, since: str) -> None:
    """Mark the signing key KID as stolen, put a new one in force, and sign with it whatever stood under the old one.

    Where the root key is kept elsewhere, sign-identity signs it: sisters accept the new key from then on.
    """
    if cooperative(read_session()) is None:
        raise click.ClickException("This instance is not set up yet: “flask cooperative set-up”.")
    keys = open_keys()
    try:
        stolen_at = parse_moment(since)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
    click.echo(f"{keys.revoke(kid, now=clock.now(), since=stolen_at)} signs from now on.")
    if keys.root_on_disk:
        _sign_again(keys)
    else:
        click.echo("Run “flask federation keys sign-identity” now: sisters learn of it, and the rest is signed again.")


@keys_group.command("make-root")
@click.argument("path", type=click.Path(path_type=Path))
def keys_make_root(path: Path) -> None:
    """Write a new root key to PATH, on a stick that is kept away from this machine, in two copies."""
    click.echo(f"Fingerprint    {fingerprint(root_key.make(path).public)}")


@keys_group.command("sign-identity")
@click.option("--root-key", "path", required=True, type=click.Path(path_type=Path), help="File of the root key.")
@click.option("--weeks", default=4, type=click.IntRange(1, 13), help="How long it lasts before it is signed again.")
def keys_sign_identity(path: Path, weeks: int) -> None:
    """Sign who we are with the root key, some weeks ahead; the root key is read and not kept.

    The first time, this makes the keys of the instance; after a theft it signs again what stood under the stolen key.
    The longer ahead, the longer a stolen machine can pass for us.
    """
    root, now = root_key.load(path), clock.now()
    keys = KeyStore.open(key_folder(), now=now, root_on_disk=not settings().is_production, root_key=root.public)
    until = sign_ahead(keys, profile(), root=root, now=now, weeks=weeks)
    click.echo(f"The identity of {instance_name()} is signed until {format_moment(until)}.")
    if keys.stolen and cooperative(read_session()) is not None:
        _sign_again(keys)


@federation_group.command("publish")
@click.argument("month", metavar="YYYY-MM")
@click.option("--reason", default="", help="Why the figures differ from those published before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(month: str, reason: str, as_json: bool) -> None:
    """Sign our report of a month and publish it. The same figures again change nothing."""
    with transaction() as session:
        report = services.publish_report(
            session,
            actor=SYSTEM,
            month=Month.parse(month),
            instance=instance_name(),
            keys=open_keys(),
            reason=reason,
        )
    told = {
        "period": report.period,
        "revision": report.revision,
        "state": report.state,
        "digest": report.digest,
        "issued_at": format_moment(report.issued_at),
        "suppressed": [entry["field"] for entry in payload_of(report)["suppression"]],
    }
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{report.period}, revision {report.revision}, {report.state}: {report.digest}")


@federation_group.command("add-peer")
@click.argument("host")
@click.option("--fingerprint", "told", required=True, help="The six groups that the sister read to you.")
def add_peer(host: str, told: str) -> None:
    """Trust a sister instance after comparing its fingerprint by voice."""
    raw, identity = fetch_identity(pull_client(), host)
    found = fingerprint(identity.root_key)
    if "".join(told.split()) != "".join(found.split()):
        raise FingerprintDiffers(host=host, found=found)
    with transaction() as session:
        peer = peering.pin_peer(session, actor=SYSTEM, raw=raw, identity=identity, own_name=instance_name())
    click.echo(f"{peer.name} ({peer.host}) is now a sister instance.")


@federation_group.command("pull")
@click.argument("host", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def pull(host: str | None, as_json: bool) -> None:
    """Ask sister instances (or only HOST) for what they published, and verify it."""
    session = read_session()
    chosen = [peer for peer in peers.peers(session) if host in (None, peer.host)]
    if host and not chosen:
        raise NotFound(N_("%(host)s is none of your sister instances."), host=host)
    told: list[dict[str, Any]] = []
    for peer in chosen:
        if host is None and peer.state is not PeerState.ACTIVE:
            continue
        found = pull_peer(
            transaction,
            pull_client(),
            peer_id=peer.id,
            actor=SYSTEM,
            us=instance_name(),
            own_identity=own_identity(),
        )
        for finding in found:
            told.append(
                {"peer": peer.host, "subject": finding.subject, "outcome": finding.outcome, "reason": finding.reason}
            )
            if not as_json:
                why = f": {finding.refusal}" if finding.refusal else ""
                click.echo(f"{peer.host}  {subject_text(finding.subject)}  {outcome_text(finding.outcome)[0]}{why}")
    if as_json:
        click.echo(json.dumps(told))


def _sign_again(keys: KeyStore) -> None:
    with transaction() as session:
        again = sign_again(session, actor=SYSTEM, keys=keys)
    click.echo(
        f"Published again: {again.reports} months. Signed again: {again.allocations} allocations, "
        f"{again.keys} keys of sharing, {again.disputes} documents of disputes."
    )


def _dates(record: KeyRecord) -> str:
    ends = f"until {format_moment(record.expired_at)}, {record.reason}" if record.expired_at else ""
    return f"from {format_moment(record.valid_from)} {ends}".rstrip()
