"""Trust a sister instance, ask it, keep what it says. Nothing here touches the network."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, update
from sqlalchemy.orm import Session

from billing.commons.models import ReportState
from billing.peer import errors, events, queries
from billing.peer.models import NOT_KEPT, Peer, PeerReport, PeerState, Pull, PullOutcome
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.events import record
from coopcircuits.federation.identity import Identity, fingerprint, thefts_in
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import encode_base64url
from coopcircuits.federation.verify import Outcome, Verdict

EVERY = timedelta(hours=6)
#: Two instances do not ask each other at the same second for ever.
JITTER = timedelta(minutes=30)
#: From this many failures in a row on, the pauses grow.
BREAKS_AFTER = 5
LONGEST_PAUSE = timedelta(days=7)
#: New rows of the log that a sister may cause in 24 hours, several times what an honest one does.
MOST_A_DAY = 300
#: Refused documents of a sister whose bytes are kept.
MOST_DOCUMENTS = 20
#: Whoever asks for longer than this was stopped midway.
_ABANDONED = timedelta(minutes=10)


def pin_peer(session: Session, *, actor: Actor, raw: bytes, identity: Identity, own_name: str) -> Peer:
    """Trust an instance under the root key of its verified ``identity`` (envelope ``raw``), whose fingerprint a person
    has compared. Raises :class:`OwnInstance`, :class:`PeerKnown`.

    One that was removed comes back with the reports that were kept, under the key confirmed now.
    """
    if identity.instance == own_name:
        raise errors.OwnInstance(field="host")
    peer = queries.by_host(session, identity.instance)
    if peer is not None and peer.state is not PeerState.REMOVED:
        raise errors.PeerKnown(field="host", host=peer.host)
    now = clock.now()
    if peer is None:
        peer = Peer(host=identity.instance)
        session.add(peer)
    peer.root_key = encode_base64url(identity.root_key)
    peer.state, peer.index_etag, peer.failures, peer.removed_at = PeerState.ACTIVE, "", 0, None
    peer.added_by, peer.added_at, peer.next_pull_at = actor.label, now, now
    _describe(peer, raw, identity)
    session.flush()
    fact = events.PeerAdded(peer_id=peer.id, host=peer.host, fingerprint=fingerprint(identity.root_key))
    record(session, fact, actor=actor)
    return peer


def change_state(session: Session, *, actor: Actor, peer_id: int, state: PeerState) -> Peer:
    """Pause a sister, ask it again, or remove it; what it published is kept. The same state again changes nothing."""
    queries.peer_of(session, peer_id)
    peer = queries.lock_peer(session, peer_id)
    if peer.state is not state:
        peer.state = state
        peer.removed_at = clock.now() if state is PeerState.REMOVED else None
        if state is PeerState.ACTIVE:
            peer.failures, peer.next_pull_at = 0, clock.now()
        record(session, events.PeerStateChanged(peer_id=peer.id, state=state), actor=actor)
    return peer


# ---------------------------------------------------------------- asking


def start_pull(session: Session, *, peer_id: int) -> Peer:
    """Begin to ask an active sister, alone; raises :class:`NotFound`, :class:`PeerBusy`."""
    peer, now = queries.peer_of(session, peer_id), clock.now()
    begun = session.execute(
        update(Peer)
        .where(
            Peer.id == peer_id,
            Peer.state == PeerState.ACTIVE,
            or_(Peer.pulling_since.is_(None), Peer.pulling_since < now - _ABANDONED),
        )
        .values(pulling_since=now)
    )
    if getattr(begun, "rowcount", 0) != 1:
        raise errors.PeerBusy(host=peer.host)
    return peer


def finish_pull(session: Session, *, peer_id: int, reached: bool, etag: str | None, at: datetime) -> None:
    """End what :func:`start_pull` began; ``etag`` names the index of which nothing more is to be fetched."""
    peer = queries.lock_peer(session, peer_id)
    peer.pulling_since = None
    if reached:
        peer.pulled_at, peer.failures, peer.index_etag = at, 0, etag or ""
    else:
        peer.failures += 1
    jitter = timedelta(seconds=secrets.randbelow(2 * int(JITTER.total_seconds()) + 1)) - JITTER
    peer.next_pull_at = at + pause_after(peer.failures) + jitter


def pause_after(failures: int) -> timedelta:
    """Six hours; after five failures in a row twelve, then twice as long each time, up to a week."""
    if failures < BREAKS_AFTER:
        return EVERY
    doublings = min(failures - BREAKS_AFTER + 1, 10)
    return min(EVERY * (1 << doublings), LONGEST_PAUSE)


def renew_identity(session: Session, *, peer_id: int, raw: bytes, identity: Identity) -> bool:
    """Keep the identity that a sister publishes now, verified against its pinned root key.

    Whether what we hold of it must be looked at again: it tells of other thefts than before, or is asked for the first
    time since it was added.
    """
    peer = queries.lock_peer(session, peer_id)
    is_first = peer.pulled_at is None or peer.pulled_at < peer.added_at
    is_news = is_first or thefts_in(peer.identity) != thefts_in(raw)
    _describe(peer, raw, identity)
    return is_news


def renew_languages(session: Session, *, peer_id: int, languages: Sequence[str]) -> None:
    """Keep the languages in which a sister says that it speaks to people."""
    queries.lock_peer(session, peer_id).languages = list(languages)


@dataclass(frozen=True)
class Finding:
    """What one pulled document came to; ``document`` holds its bytes where they were refused."""

    subject: str
    outcome: PullOutcome
    refusal: Refusal | None = None
    document: bytes | None = None

    @property
    def reason(self) -> str:
        return self.refusal.reason if self.refusal else ""

    @property
    def detail(self) -> str:
        """What a peer may have had a hand in: one printable line."""
        told = self.refusal.detail if self.refusal else ""
        return "".join(character for character in told[:500] if character.isprintable())


#: What stands for all that is written down no more on a day.
LOG = "log"
MORE = Finding(LOG, PullOutcome.REFUSED, Refusal("too-many"))


def is_log_full(session: Session, *, peer_id: int, at: datetime) -> bool:
    """Whether a sister caused as many rows in the last 24 hours as are kept: its lists may be of any length."""
    return queries.rows_since(session, peer_id, at - timedelta(days=1)) >= MOST_A_DAY


def note(session: Session, *, actor: Actor, peer_id: int, finding: Finding, at: datetime) -> None:
    """Write down what a document came to; the same again raises the count of the row that says so.

    Bytes are kept of the :data:`MOST_DOCUMENTS` refused last, of one document once. Beyond :data:`MOST_A_DAY` new rows
    it is only said that more came.
    """
    document = finding.document or None
    last = queries.last_pull(session, peer_id, finding.subject)
    if (
        last is not None
        and (last.outcome, last.reason, last.detail) == (finding.outcome, finding.reason, finding.detail)
        and last.document in (document, NOT_KEPT)
    ):
        is_back = last.document != document
        last.last_at, last.times, last.document = at, last.times + 1, document or last.document
        if is_back:
            _empty_older(session, last)
        return
    if finding.subject != LOG and is_log_full(session, peer_id=peer_id, at=at):
        note(session, actor=actor, peer_id=peer_id, finding=MORE, at=at)
        return
    row = Pull(
        peer_id=peer_id,
        subject=finding.subject,
        outcome=finding.outcome,
        reason=finding.reason,
        detail=finding.detail,
        document=document,
        first_at=at,
        last_at=at,
    )
    session.add(row)
    if document is not None:
        _empty_older(session, row)
    if finding.outcome is PullOutcome.REFUSED:
        fact = events.PeerDocumentRefused(peer_id=peer_id, about=finding.subject, reason=finding.reason)
        record(session, fact, actor=actor)


def _empty_older(session: Session, row: Pull) -> None:
    """Keep no bytes of what a sister sent before: of the same document as ``row``, and beyond the last few."""
    session.flush()
    kept = queries.refused_documents(row.peer_id)
    latest = kept.order_by(Pull.last_at.desc(), Pull.id.desc()).limit(MOST_DOCUMENTS)
    same = and_(Pull.subject == row.subject, Pull.id != row.id)
    session.execute(update(Pull).where(Pull.id.in_(kept), or_(same, Pull.id.not_in(latest))).values(document=NOT_KEPT))


def keep_report(
    session: Session, *, actor: Actor, peer_id: int, raw: bytes, verdict: Verdict, at: datetime
) -> PeerReport | None:
    """Store a report that was found good, or put it aside with the one it contradicts; others leave no report."""
    if verdict.payload is None or verdict.outcome not in (Outcome.ACCEPTED, Outcome.QUARANTINED):
        return None
    aside = verdict.outcome is Outcome.QUARANTINED
    report = PeerReport(
        peer_id=peer_id,
        period=verdict.payload["period"],
        revision=verdict.payload["revision"],
        state=ReportState(verdict.payload["state"]),
        digest=verdict.digest,
        envelope=raw,
        received_at=at,
        quarantined_at=at if aside else None,
    )
    session.add(report)
    session.flush()
    if aside:
        _put_aside(session, actor, report, at)
        return report
    fact = events.PeerReportAccepted(
        report_id=report.id,
        peer_id=peer_id,
        period=report.period,
        revision=report.revision,
        state=report.state,
        digest=report.digest,
    )
    record(session, fact, actor=actor)
    return report


def keep_twin(session: Session, *, actor: Actor, host: str, raw: bytes, verdict: Verdict, at: datetime) -> None:
    """Put aside the other face of a report, that a third instance showed us, with ours; once."""
    peer = queries.by_host(session, host)
    if peer is None:
        return
    queries.lock_peer(session, peer.id)
    if verdict.digest in {held.digest for held in queries.seen_of(session, peer.id)}:
        return
    keep_report(session, actor=actor, peer_id=peer.id, raw=raw, verdict=verdict, at=at)
    if verdict.payload is not None:
        subject = f"twin/{verdict.payload['period']}/{verdict.payload['revision']}"
        finding = Finding(subject, PullOutcome(verdict.outcome), verdict.refusal)
        note(session, actor=actor, peer_id=peer.id, finding=finding, at=at)


def accuse_ourselves(session: Session, *, actor: Actor, peer_id: int, subject: str, verdict: Verdict) -> None:
    """Tell, once, that a sister holds a report under our signature that we never published."""
    if verdict.payload is None or verdict.digest is None:
        return
    if not queries.is_known_contradiction(session, peer_id, subject):
        fact = events.OwnReportContradicted(
            peer_id=peer_id,
            period=verdict.payload["period"],
            revision=verdict.payload["revision"],
            digest=verdict.digest,
        )
        record(session, fact, actor=actor)


def _put_aside(session: Session, actor: Actor, report: PeerReport, at: datetime) -> None:
    held = queries.reports_of(session, report.peer_id)
    twins = [other for other in held if (other.period, other.revision) == (report.period, report.revision)]
    for twin in twins:
        twin.quarantined_at = twin.quarantined_at or at
    fact = events.PeerEquivocated(
        peer_id=report.peer_id,
        period=report.period,
        revision=report.revision,
        digests=sorted(twin.digest for twin in twins),
    )
    record(session, fact, actor=actor)


def _describe(peer: Peer, raw: bytes, identity: Identity) -> None:
    peer.identity = raw
    peer.name, peer.country = identity.profile.name, identity.profile.country
    peer.currency, peer.zone = identity.profile.currency, identity.profile.zone
