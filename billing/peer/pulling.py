"""Ask a sister instance: the network between short transactions, never inside one.

Whatever a sister answers ends as rows in the log of pulls; it never raises and never touches another sister.
"""

import time

from billing.allocation.pulling import pull_allocations
from billing.commons.report import REPORT_RULES
from billing.dispute.pulling import pull_disputes
from billing.peer import queries, services
from billing.peer.models import PullOutcome
from billing.peer.run import NO_ANSWER, Run, Transaction
from billing.peer.seen import compare_seen
from billing.peer.services import Finding
from billing.revocation.services import disown
from billing.sharing_key.pulling import pull_keys
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.federation.client import PullClient
from coopcircuits.federation.identity import Identity, verify_identity
from coopcircuits.federation.index import IDENTITY_PATH, INDEX_PATH, IndexEntry, parse_index
from coopcircuits.federation.nodeinfo import NODEINFO_PATH, languages_in
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import decode_base64url
from coopcircuits.federation.verify import Outcome, SeenReport, verify_report

IDENTITY, INDEX = "identity", "reports"
#: What one run may fetch and how long it may last; the next one goes on.
MOST_REPORTS = 24
RUN_SECONDS = 30.0


def pull_peer(
    transaction: Transaction,
    client: PullClient,
    *,
    peer_id: int,
    actor: Actor,
    us: str = "",
    own_identity: bytes = b"",
) -> list[Finding]:
    """Fetch and verify what a sister publishes and we do not hold; returns what each document came to.

    ``us`` is our own host name, ``own_identity`` what we publish of ourselves; without them nothing is recognised as
    being about us.
    Raises :class:`NotFound` and :class:`PeerBusy` before anything is asked.
    """
    with transaction() as session:
        peer = services.start_pull(session, peer_id=peer_id)
        run = Run(
            transaction,
            client,
            actor,
            peer_id,
            host=peer.host,
            us=us,
            own_identity=own_identity,
            root_key=decode_base64url(peer.root_key, 32),
            known_etag=peer.index_etag,
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


def _ask(run: Run) -> None:
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
    wanted = _next_reports(run, missing)
    settled = len(wanted) == len(missing)
    for entry in wanted:
        if run.is_over:
            settled = False
            break
        settled &= _report(run, entry, identity)
    if not settled:
        run.etag = None
    for pull_more in (pull_keys, pull_allocations, pull_disputes):
        if not run.is_over:
            pull_more(run, identity)
    if not run.is_over:
        compare_seen(run)
    if not run.is_over:
        _languages(run)


def _identity(run: Run) -> Identity | None:
    raw = None
    try:
        raw = run.client.document(run.host, IDENTITY_PATH).body
        identity = verify_identity(raw, expected_host=run.host, now=run.at, pinned_root=run.root_key)
    except Refusal as refusal:
        run.refuse(IDENTITY, refusal, raw)
        return None
    with run.transaction() as session:
        if services.renew_identity(session, peer_id=run.peer_id, raw=raw, identity=identity):
            disown(session, actor=run.actor, peer_id=run.peer_id, identity=identity, at=run.at)
        run.seen = queries.seen_of(session, run.peer_id)
    return identity


def _languages(run: Run) -> None:
    """Which languages it speaks, unsigned: an instance that says nothing of it, or nonsense, is no worse a sister."""
    try:
        told = languages_in(run.client.document(run.host, NODEINFO_PATH).body)
    except Refusal as refusal:
        if refusal.reason in NO_ANSWER:
            return
        told = []
    with run.transaction() as session:
        services.renew_languages(session, peer_id=run.peer_id, languages=told)


def _index(run: Run) -> list[IndexEntry] | None:
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
        run.refuse(INDEX, refusal, raw)
        return None


def _next_reports(run: Run, missing: list[IndexEntry]) -> list[IndexEntry]:
    """What to ask for now, the earliest first since each names the one before; none while the log of the day is full.

    Those never asked for come before those refused the longest ago: what is always refused holds up nothing else.
    """
    if not missing or not run.has_room():
        return []
    with run.transaction() as session:
        tried = queries.last_report_tries(session, run.peer_id)

    def place(entry: IndexEntry) -> tuple[str, int]:
        return entry.period, entry.revision

    new = sorted((entry for entry in missing if _subject(entry) not in tried), key=place)
    again = sorted((entry for entry in missing if _subject(entry) in tried), key=place)
    again.sort(key=lambda entry: tried[_subject(entry)])
    return sorted((new + again)[:MOST_REPORTS], key=place)


def _subject(entry: IndexEntry) -> str:
    return f"{entry.period}/{entry.revision}"


def _report(run: Run, entry: IndexEntry, identity: Identity) -> bool:
    """Fetch and judge one report; whether there is no need to fetch it again."""
    subject = _subject(entry)
    try:
        raw = run.client.document(run.host, entry.path).body
    except Refusal as refusal:
        run.refuse(subject, refusal, None)
        run.reached = refusal.reason not in NO_ANSWER
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
    is_refused = verdict.outcome is Outcome.REFUSED
    finding = Finding(subject, PullOutcome(verdict.outcome), verdict.refusal, raw if is_refused else None)
    run.findings.append(finding)
    with run.transaction() as session:
        kept = services.keep_report(session, actor=run.actor, peer_id=run.peer_id, raw=raw, verdict=verdict, at=run.at)
        services.note(session, actor=run.actor, peer_id=run.peer_id, finding=finding, at=run.at)
    if kept is not None:
        run.seen.append(SeenReport(kept.period, kept.revision, kept.digest, kept.state, kept.received_at))
    return not is_refused
