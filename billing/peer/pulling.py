"""Ask a sister instance: the network between short transactions, never inside one.

Whatever a sister answers ends as rows in the log of pulls; it never raises and never touches another sister.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.allocation.services import keep_peer_allocation
from billing.commons.allocation import check_allocation
from billing.commons.report import REPORT_RULES
from billing.peer import queries, services
from billing.peer.models import PullOutcome
from billing.peer.services import Finding
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import Identity, verify_identity
from coopcircuits.federation.index import ALLOCATIONS_PATH, IDENTITY_PATH, INDEX_PATH, IndexEntry, parse_index
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind, decode_base64url
from coopcircuits.federation.verify import Outcome, SeenReport, verify_report
from coopcircuits.federation.verify_object import verify_object

Transaction = Callable[[], AbstractContextManager[Session]]

IDENTITY, INDEX, ALLOCATION = "identity", "reports", "allocation"
#: What one run may fetch and how long it may last; the next one goes on.
MOST_REPORTS = 24
RUN_SECONDS = 30.0
MOST_ALLOCATIONS = 3
#: Reasons for which no document came at all.
_NO_ANSWER = frozenset(
    {
        "bad-address",
        "scheme-not-allowed",
        "port-not-allowed",
        "unresolvable",
        "address-not-allowed",
        "connect-failed",
        "certificate",
        "tls-failed",
        "too-slow",
    }
)


@dataclass
class _Run:
    """One run: whom it asks, what it has seen, and what it found so far."""

    transaction: Transaction
    client: PullClient
    actor: Actor
    peer_id: int
    host: str
    root_key: bytes
    known_etag: str
    seen: list[SeenReport]
    at: datetime
    until: float
    findings: list[Finding] = field(default_factory=list)
    reached: bool = False
    etag: str | None = None

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)
        with self.transaction() as session:
            services.note(session, actor=self.actor, peer_id=self.peer_id, finding=finding, at=self.at)


def pull_peer(transaction: Transaction, client: PullClient, *, peer_id: int, actor: Actor) -> list[Finding]:
    """Fetch and verify what a sister publishes and we do not hold; returns what each document came to.

    Raises :class:`NotFound` and :class:`PeerBusy` before anything is asked.
    """
    with transaction() as session:
        peer = services.start_pull(session, peer_id=peer_id)
        run = _Run(
            transaction,
            client,
            actor,
            peer_id,
            host=peer.host,
            root_key=decode_base64url(peer.root_key, 32),
            known_etag=peer.index_etag,
            seen=queries.seen_of(session, peer_id),
            at=clock.now(),
            until=time.monotonic() + RUN_SECONDS,
        )
    try:
        _ask(run)
    finally:
        with transaction() as session:
            services.finish_pull(session, peer_id=peer_id, reached=run.reached, etag=run.etag, at=run.at)
    return run.findings


def fetch_identity(client: PullClient, host: str, *, pinned_root: bytes | None = None) -> tuple[bytes, Identity]:
    """A peer's identity, raw and verified; raises :class:`Refusal`."""
    raw = client.document(host, IDENTITY_PATH).body
    return raw, verify_identity(raw, expected_host=host, now=clock.now(), pinned_root=pinned_root)


def _ask(run: _Run) -> None:
    identity = _identity(run)
    if identity is None:
        return
    entries = _index(run)
    if entries is None:
        return
    run.reached = True
    held = {(report.period, report.revision, report.digest) for report in run.seen}
    missing = [entry for entry in entries if (entry.period, entry.revision, entry.digest) not in held]
    if not missing:
        run.found(Finding(INDEX, PullOutcome.UNCHANGED))
    wanted = sorted(missing, key=lambda entry: (entry.period, entry.revision))[-MOST_REPORTS:]
    settled = len(wanted) == len(missing)
    for entry in wanted:
        if time.monotonic() > run.until or not run.reached:
            settled = False
            break
        settled &= _report(run, entry, identity)
    if not settled:
        run.etag = None
    if run.reached:
        _allocations(run, identity)


def _identity(run: _Run) -> Identity | None:
    raw = None
    try:
        raw = run.client.document(run.host, IDENTITY_PATH).body
        identity = verify_identity(raw, expected_host=run.host, now=run.at, pinned_root=run.root_key)
    except Refusal as refusal:
        run.found(_refused(IDENTITY, refusal, raw))
        return None
    with run.transaction() as session:
        services.renew_identity(session, peer_id=run.peer_id, raw=raw, identity=identity)
    return identity


def _index(run: _Run) -> list[IndexEntry] | None:
    """The index, empty where it has not changed; ``None`` where it cannot be used."""
    raw = None
    try:
        response = run.client.document(run.host, INDEX_PATH, if_none_match=run.known_etag or None)
        run.etag = response.etag or (run.known_etag if response.status == 304 else None)
        if response.status == 304:
            return []
        raw = response.body
        return parse_index(raw, expected_host=run.host)
    except Refusal as refusal:
        run.found(_refused(INDEX, refusal, raw))
        return None


def _report(run: _Run, entry: IndexEntry, identity: Identity) -> bool:
    """Fetch and judge one report; whether there is no need to fetch it again."""
    subject = f"{entry.period}/{entry.revision}"
    try:
        raw = run.client.document(run.host, entry.path).body
    except Refusal as refusal:
        run.found(_refused(subject, refusal, None))
        run.reached = refusal.reason not in _NO_ANSWER
        return False
    verdict = verify_report(
        raw,
        expected_host=run.host,
        identity=identity,
        seen=run.seen,
        now=run.at,
        rules=REPORT_RULES,
        expected=(entry.period, entry.revision),
    )
    refused = verdict.outcome is Outcome.REFUSED
    finding = Finding(subject, PullOutcome(verdict.outcome), verdict.refusal, raw if refused else None)
    run.findings.append(finding)
    with run.transaction() as session:
        kept = services.keep_report(session, actor=run.actor, peer_id=run.peer_id, raw=raw, verdict=verdict, at=run.at)
        services.note(session, actor=run.actor, peer_id=run.peer_id, finding=finding, at=run.at)
    if kept is not None:
        run.seen.append(SeenReport(kept.period, kept.revision, kept.digest, kept.state, kept.received_at))
    return not refused


def _allocations(run: _Run, identity: Identity) -> None:
    """What the sister says of the months that we allocated ourselves, until it says the same."""
    with run.transaction() as session:
        months = allocations.unmatched(session, run.peer_id, most=MOST_ALLOCATIONS)
    for month in months:
        if time.monotonic() > run.until:
            return
        subject, raw = f"{ALLOCATION}/{month}", None
        try:
            raw = run.client.document(run.host, f"{ALLOCATIONS_PATH}/{month}").body
            envelope = verify_object(
                raw, kind=ObjectKind.ALLOCATION, identity=identity, check=check_allocation, received_at=run.at
            )
            if envelope.payload["period"] != month:
                raise Refusal("wrong-document", envelope.payload["period"])
        except Refusal as refusal:
            if refusal.reason != "unexpected-status":  # it has not computed the month yet
                run.found(_refused(subject, refusal, raw))
            continue
        with run.transaction() as session:
            new = keep_peer_allocation(session, peer_id=run.peer_id, raw=raw, payload=envelope.payload)
        run.found(Finding(subject, PullOutcome.ACCEPTED if new else PullOutcome.UNCHANGED))


def _refused(subject: str, refusal: Refusal, raw: bytes | None) -> Finding:
    outcome = PullOutcome.UNREACHABLE if refusal.reason in _NO_ANSWER else PullOutcome.REFUSED
    return Finding(subject, outcome, refusal, raw)
