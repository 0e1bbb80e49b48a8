"""After a signing key was stolen: sign again what ours stood under, and no longer rely on what a sister's stood under.

Reports are published again as a new revision, since a report is bound to the moment at which it was issued. Whatever
else we signed keeps its content and its digest and gets another signature.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.allocation.models import AdoptedKey, Allocation, PeerAllocation
from billing.commons import queries as ours
from billing.commons.services import publish_again
from billing.dispute.models import DisputeDocument
from billing.peer import services as peering
from billing.peer.models import PeerReport, PullOutcome
from billing.peer.services import Finding
from billing.sharing_key.models import ProposedKey
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.federation.identity import Identity
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.signing import ObjectKind, build_envelope, kids_of, parse_envelope


@dataclass(frozen=True)
class SignedAgain:
    """How many reports were published again, and how many other documents got a new signature."""

    reports: int
    allocations: int
    keys: int
    disputes: int


def sign_again(session: Session, *, actor: Actor, keys: KeyStore) -> SignedAgain:
    """Sign whatever of ours bears a stolen key with the one that is in force; what bears none is left alone.

    Raises what signing raises.
    """
    ours.lock_publishing(session)
    adopted = _renewed(session.scalars(select(AdoptedKey)), ObjectKind.SHARING_KEY, keys)
    proposed = session.scalars(select(ProposedKey).where(ProposedKey.peer_id.is_(None)))
    documents = session.scalars(select(DisputeDocument).where(DisputeDocument.peer_id.is_(None)))
    return SignedAgain(
        reports=_reports(session, actor, keys),
        allocations=_renewed(session.scalars(select(Allocation)), ObjectKind.ALLOCATION, keys),
        keys=adopted + _renewed(proposed, ObjectKind.SHARING_KEY, keys),
        disputes=_renewed(documents, ObjectKind.DISPUTE, keys),
    )


def disown(session: Session, *, actor: Actor, peer_id: int, identity: Identity, at: datetime) -> None:
    """Rely no longer on what a sister's stolen key signed and we first saw after the theft, now that we know of it.

    Reports stay, since months were settled with them, and count no more from now on; a report that only they contradict
    is put aside no longer. Everything else rests until it comes again, with the same digest, under another key.
    """
    since = identity.first_theft
    if since is None:
        return
    reports = session.scalars(
        select(PeerReport)
        .where(PeerReport.peer_id == peer_id, PeerReport.received_at >= since, PeerReport.revoked_at.is_(None))
        .order_by(PeerReport.period, PeerReport.id)
    )
    for report in reports.all():
        if not _is_stolen(report.envelope, report.received_at, identity):
            continue
        report.revoked_at = max(at, report.received_at)  # another sister may have shown it to us just now
        _clear_twin(session, report)
        finding = Finding(f"{report.period}/{report.revision}", PullOutcome.REFUSED, Refusal("key-revoked"))
        peering.note(session, actor=actor, peer_id=peer_id, finding=finding, at=at)
    received = [
        *session.scalars(
            select(PeerAllocation).where(PeerAllocation.peer_id == peer_id, PeerAllocation.received_at >= since)
        ),
        *session.scalars(select(ProposedKey).where(ProposedKey.peer_id == peer_id, ProposedKey.received_at >= since)),
        *session.scalars(
            select(DisputeDocument).where(DisputeDocument.peer_id == peer_id, DisputeDocument.received_at >= since)
        ),
    ]
    for row in received:
        if _is_stolen(row.envelope, row.received_at, identity):
            row.revoked_at = at
    session.flush()


def _clear_twin(session: Session, stolen: PeerReport) -> None:
    """Rely again on the report that was put aside with a stolen one, where no other contradicts it."""
    remaining = session.scalars(
        select(PeerReport).where(
            PeerReport.peer_id == stolen.peer_id,
            PeerReport.period == stolen.period,
            PeerReport.revision == stolen.revision,
            PeerReport.revoked_at.is_(None),
        )
    ).all()
    if len(remaining) == 1:
        remaining[0].quarantined_at = None


def _is_stolen(raw: bytes, received_at: datetime, identity: Identity) -> bool:
    """Whether an envelope bears a key that was stolen before it came."""
    return any(identity.is_revoked(kid, first_seen=received_at) for kid in kids_of(raw))


def _reports(session: Session, actor: Actor, keys: KeyStore) -> int:
    """Publish every month again whose latest report bears a stolen key; the earliest first, since each names one."""
    again, now = 0, clock.now()
    for period in sorted(ours.published_periods(session)):
        revisions = ours.revisions(session, period)
        stale = [report for report in revisions if kids_of(report.envelope) & keys.stolen]
        if revisions[-1] in stale:
            publish_again(session, actor=actor, latest=revisions[-1], keys=keys)
            again += 1
        for report in stale:
            report.revoked_at = report.revoked_at or now
    return again


def _renewed(
    rows: Iterable[AdoptedKey | ProposedKey | Allocation | DisputeDocument], kind: ObjectKind, keys: KeyStore
) -> int:
    """Replace the signature where it is by a stolen key."""
    signer, renewed = keys.signer(clock.now()), 0
    for row in rows:
        if kids_of(row.envelope) & keys.stolen:
            row.envelope = build_envelope(kind, parse_envelope(row.envelope).payload, [signer])
            renewed += 1
    return renewed
