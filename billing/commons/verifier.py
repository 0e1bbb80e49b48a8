"""Verify a folder of published documents, offline: ``python -m billing.commons.verifier FOLDER``.

Reads no database, no network and no clock. Says what was verified, or names the first file that is wrong, with the
byte where that can be known.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from billing.commons import archive_folder, sharing_key
from billing.commons.allocation import Books, NoSharingKey, allocate, check_allocation, differences
from billing.commons.archive import Archive, CountedReport
from billing.commons.archive_files import Files, Wrong, first_difference, wrong_document
from billing.commons.rates import Rate, RateMissing
from billing.commons.received import Received, received_reports
from billing.commons.report import REPORT_RULES
from billing.commons.sharing_key import SharingKey, check_sharing_key
from billing.dispute.document import Act, check_dispute, may_say, said_by
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.identity import Identity, fingerprint, verify_identity
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import Envelope, ObjectKind, parse_envelope
from coopcircuits.federation.verify import SeenReport, verify_report
from coopcircuits.federation.verify_object import verify_object
from coopcircuits.i18n import use_language


@dataclass
class Verified:
    """What the folder holds, all of it good. ``put_aside`` are reports that contradict each other: none counts.

    ``disowned`` are those whose key turned out to be stolen before they were seen, with until when they counted.
    ``held`` are the digests of all reports, of whatever state.
    """

    identities: dict[str, Identity] = field(default_factory=dict)
    keys: dict[str, SharingKey] = field(default_factory=dict)
    reports: dict[str, CountedReport] = field(default_factory=dict)
    provisional: int = 0
    put_aside: list[Path] = field(default_factory=list)
    disowned: dict[Path, datetime] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    disputes: int = 0
    allocations: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def verify_folder(folder: Path) -> Verified:
    """Verify every document in ``folder`` and compute every allocation again; raises :class:`Wrong`."""
    found = Verified()
    known = Files(folder)
    _verify_identities(known, found)
    _verify_keys(known, found)
    _verify_reports(known, found)
    _verify_allocations(known, found)
    _verify_disputes(known, found)
    stray = sorted(known.every() - known.read_files)
    if stray:
        raise Wrong(stray[0], "this file belongs to no archive")
    return found


def _verify_identities(known: Files, found: Verified) -> None:
    for name, raw in known.files("identities"):
        host = archive_folder.instance_in(name.name)
        try:
            # As it stood in its own last second: an archive is read long after.
            until = parse_moment(parse_envelope(raw).payload["valid_until"])
            found.identities[host] = verify_identity(raw, expected_host=host, now=until - timedelta(seconds=1))
        except (Refusal, ValueError, TypeError, KeyError) as error:
            raise wrong_document(name, raw, error) from None


def _verify_keys(known: Files, found: Verified) -> None:
    for name, raw in known.files("sharing-keys"):
        host = archive_folder.instance_in(name.parent.name)
        envelope = _object(known, name, raw, ObjectKind.SHARING_KEY, host, found)
        key = sharing_key.read(envelope.payload)
        known.require_name(name, archive_folder.key_file(host, key.digest))
        found.keys[key.digest] = key


def _verify_reports(known: Files, found: Verified) -> None:
    """In the order in which they were issued, as they were once received; each must follow what came before."""
    received = sorted(received_reports(known, found.identities), key=lambda report: (report.issued, report.name))
    faces: dict[tuple[str, str, str], list[Received]] = defaultdict(list)
    for report in received:
        faces[report.face].append(report)
    seen: dict[str, list[SeenReport]] = defaultdict(list)
    for report in received:
        host, until, last = report.host, report.until, report.identity.valid_until - timedelta(seconds=1)
        testimony = SeenReport("", 0, report.digest, "", report.first_seen)
        verdict = verify_report(
            report.raw,
            expected_host=host,
            identity=report.identity if until is None else report.identity.before_thefts(),
            seen=[testimony, *(one for one in seen[host] if (host, one.period, str(one.revision)) != report.face)],
            now=last if until is None else min(report.first_seen, last),
            rules=REPORT_RULES,
        )
        payload = verdict.payload
        if payload is None or verdict.digest is None:
            raise wrong_document(report.name, report.raw, verdict.refusal or Refusal("bad-envelope"))
        where = archive_folder.report_file(host, payload["period"], payload["revision"], report.digest)
        known.require_name(report.name, where)
        found.held.add(report.digest)
        if any(report.contradicts(other) for other in faces[report.face] if other.digest != report.digest):
            found.put_aside.append(report.name)
            continue
        seen[host].append(
            SeenReport(
                payload["period"],
                payload["revision"],
                report.digest,
                payload["state"],
                report.first_seen,
                counts=not report.is_disowned,
            )
        )
        if until is not None and report.is_disowned:
            found.disowned[report.name] = until
        if payload["state"] == "final":
            found.reports[report.digest] = CountedReport.of(payload, report.digest, until=until)
        else:
            found.provisional += 1


def _verify_allocations(known: Files, found: Verified) -> None:
    """All allocations of a month are the same, computed once; earlier months give the rates they were signed with."""
    archive, keys = Archive(found.reports.values()), list(found.keys.values())
    rates: dict[str, Mapping[str, Rate]] = {}
    computed: dict[str, dict[str, Any]] = {}
    for name, raw in known.files("allocations"):
        host = archive_folder.instance_in(name.name)
        payload = _object(known, name, raw, ObjectKind.ALLOCATION, host, found).payload
        period = payload["period"]
        known.require_name(name, archive_folder.allocation_file(host, period))
        try:
            if period not in computed:
                rates[period] = {entry["currency"]: Rate.from_json(entry) for entry in payload["rates"]}
                computed[period] = allocate(Books(archive, keys, rates), period, instance=host)
        except RateMissing as missing:
            raise Wrong(name, f"there is no rate of {missing.currency}") from None
        except NoSharingKey:
            raise Wrong(name, "there is no key of sharing for this month") from None
        expected = computed[period] | {"instance": host}
        if expected != payload:
            what = ", ".join(differences(expected, payload)[:3])
            raise Wrong(name, f"computed again, it comes to something else: {what}", _first_other_byte(raw, expected))
        found.allocations[host, period] = payload


def _verify_disputes(known: Files, found: Verified) -> None:
    """Each is about a report or a claim that is here, and was its signer's to say."""
    documents: dict[str, tuple[Path, dict[str, Any]]] = {}
    for name, raw in known.files("disputes"):
        host = archive_folder.instance_in(name.parent.name)
        payload = _object(known, name, raw, ObjectKind.DISPUTE, host, found).payload
        known.require_name(name, archive_folder.dispute_file(host, digest(payload)))
        documents[digest(payload)] = (name, payload)
    for name, payload in documents.values():
        said = said_by(payload)
        _where, claim = documents.get(payload.get("dispute", digest(payload)), (name, {}))
        if claim.get("act") != Act.CLAIM or claim["report"] not in found.held:
            raise Wrong(name, "the claim or the report that it is about is not here")
        if not may_say(said, claimant=claim["instance"], issuer=claim["concerns"]):
            raise Wrong(name, "this was not theirs to say")
    found.disputes = len(documents)


_CHECKS = {
    ObjectKind.ALLOCATION: check_allocation,
    ObjectKind.SHARING_KEY: check_sharing_key,
    ObjectKind.DISPUTE: check_dispute,
}


def _object(known: Files, name: Path, raw: bytes, kind: ObjectKind, host: str, found: Verified) -> Envelope:
    identity = found.identities.get(host)
    if identity is None:
        raise Wrong(name, f"there is no identity of {host}")
    try:
        seen = known.first_seen.get(digest(parse_envelope(raw).payload))
        return verify_object(raw, kind=kind, identity=identity, check=_CHECKS[kind], received_at=seen)
    except Refusal as refusal:
        raise wrong_document(name, raw, refusal) from None


def _first_other_byte(raw: bytes, expected: dict[str, Any]) -> int | None:
    """The first byte of an envelope that differs from the payload as it should be."""
    start = len(b'{"payload":')
    byte = first_difference(raw[start:], canonical_bytes(expected))
    return None if byte is None else start + byte


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Verify the archive in FOLDER: TRUE, or FALSE (exit code 1) and the first thing that is wrong."""
    use_language("en")
    try:
        found = verify_folder(folder)
    except Wrong as wrong:
        click.echo(f"FALSE  {wrong}")
        sys.exit(1)
    months = sorted({period for _host, period in found.allocations})
    click.echo(
        f"TRUE  {len(found.identities)} instances, {len(found.reports) + found.provisional} reports, "
        f"{len(found.keys)} keys of sharing, {len(found.allocations)} allocations of {len(months)} months, "
        f"each computed again, {found.disputes} documents of disputes."
    )
    for name in found.put_aside:
        click.echo(f"put aside, since two reports contradict each other: {name}")
    for name, until in found.disowned.items():
        click.echo(f"counted until {format_moment(until)}, when its key was known to be stolen: {name}")
    click.echo("Compare these fingerprints with those read to you by voice:")
    for host, identity in sorted(found.identities.items()):
        click.echo(f"{fingerprint(identity.root_key)}  {host}")


if __name__ == "__main__":
    main()
