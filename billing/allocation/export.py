"""Write the folder that anybody can verify offline: everything signed that this instance holds."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path, PurePosixPath

from sqlalchemy.orm import Session

from billing.allocation import queries
from billing.allocation.errors import FolderNotEmpty
from billing.commons import archive_folder
from billing.commons import queries as ours
from billing.dispute import queries as disputes
from billing.peer import queries as peers
from coopcircuits.federation.canonical import canonical_bytes, digest
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import parse_envelope

Document = tuple[PurePosixPath, bytes]
#: A document with when we first saw these very bytes, or signed them.
Seen = tuple[PurePosixPath, bytes, datetime]


def write_archive(session: Session, folder: Path, *, instance: str, identity: bytes) -> int:
    """Write every document into ``folder``, new or empty; returns how many. Raises :class:`FolderNotEmpty`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(folder=str(folder))
    count = 0
    for name, raw in documents(session, instance=instance, identity=identity):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        count += 1
    return count


def documents(session: Session, *, instance: str, identity: bytes) -> Iterator[Document]:
    """File names and bytes: identities, keys, all reports, disputes, allocations that agree, and ``seen.json``."""
    yield archive_folder.identity_file(instance), identity
    for peer in peers.peers(session):
        yield archive_folder.identity_file(peer.host), peer.identity
    seen, theirs = [], peers.held_reports(session, whole=True)
    published = [
        report for period in sorted(ours.published_periods(session)) for report in ours.revisions(session, period)
    ]
    for mine in published:
        yield archive_folder.report_file(instance, mine.period, mine.revision, mine.digest), mine.envelope
        if mine.revoked_at is not None:
            seen.append(_testimony(mine.digest, mine.issued_at, mine.revoked_at))
    for held in theirs:
        yield archive_folder.report_file(held.peer.host, held.period, held.revision, held.digest), held.envelope
        seen.append(_testimony(held.digest, held.received_at, held.revoked_at))
    reports = {mine.digest for mine in published} | {held.digest for held in theirs}
    for name, raw, first_seen in chain(
        _keys(session, instance), _disputes(session, reports), _allocations(session, instance)
    ):
        yield name, raw
        seen.append(_testimony(digest(parse_envelope(raw).payload), first_seen))
    yield archive_folder.SEEN, canonical_bytes({"instance": instance, "seen": seen})


def _testimony(own: str, first_seen: datetime, revoked_at: datetime | None = None) -> dict[str, str]:
    """When we first saw a document, and until when it counted where its key turned out to be stolen."""
    told = {"digest": own, "first_seen": format_moment(first_seen)}
    return told if revoked_at is None else told | {"revoked_at": format_moment(revoked_at)}


def _keys(session: Session, instance: str) -> Iterator[Seen]:
    for key in queries.adopted_keys(session):
        yield archive_folder.key_file(instance, key.digest), key.envelope, key.adopted_at


def _disputes(session: Session, reports: Collection[str]) -> Iterator[Seen]:
    """What was said about these reports by ourselves and present sisters."""
    for dispute in disputes.disputes(session):
        if dispute.report_digest in reports:
            for said in dispute.documents:
                yield archive_folder.dispute_file(said.instance, said.digest), said.envelope, said.received_at


def _allocations(session: Session, instance: str) -> Iterator[Seen]:
    """Ours of each month and those of sisters that came to the same bytes: their signatures countersign it."""
    for period in sorted(queries.periods(session)):
        mine = queries.current(session, period)
        if mine is None:
            continue
        yield archive_folder.allocation_file(instance, period), mine.envelope, mine.computed_at
        for theirs in queries.of_peers(session, period):
            if theirs.digest == mine.digest:
                yield archive_folder.allocation_file(theirs.peer.host, period), theirs.envelope, theirs.received_at
