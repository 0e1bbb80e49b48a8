"""Adopt a key of sharing, compute a month's allocation, keep what sisters computed, settle the month."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from billing.allocation import errors, events, queries
from billing.allocation.agreement import agreement
from billing.allocation.models import AdoptedKey, Allocation, PeerAllocation
from billing.commons import calendar, sharing_key
from billing.commons.allocation import NoSharingKey, allocate, allocation_digest
from billing.commons.queries import lock_publishing
from billing.commons.rates import RateMissing
from billing.commons.sharing_key import SharingKey
from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.errors import DomainError
from coopcircuits.events import record
from coopcircuits.federation.keys import KeyStore
from coopcircuits.federation.moments import format_moment
from coopcircuits.federation.signing import ObjectKind, build_envelope
from coopcircuits.period import Month
from coopcircuits.templating import month_text


def adopt_key(session: Session, *, actor: Actor, payload: dict[str, Any], keys: KeyStore) -> AdoptedKey:
    """Sign a key of sharing that the members voted; the same key again changes nothing.

    Raises :class:`Refusal` for a malformed one and what :func:`refuse_misplaced` raises.
    """
    lock_publishing(session)
    key = sharing_key.read(payload)
    held = queries.key_by_digest(session, key.digest)
    if held is not None:
        return held
    refuse_misplaced(session, key)
    row = AdoptedKey(
        digest=key.digest,
        version=key.version,
        since=key.since,
        envelope=build_envelope(ObjectKind.SHARING_KEY, payload, [keys.signer(clock.now())]),
        adopted_by=actor.label,
        adopted_at=clock.now(),
    )
    session.add(row)
    session.flush()
    fact = events.SharingKeyAdopted(key_id=row.id, version=row.version, since=row.since, digest=row.digest)
    record(session, fact, actor=actor)
    return row


def refuse_misplaced(session: Session, key: SharingKey) -> None:
    """Raises :class:`KeyOutOfOrder` for a key that does not follow the latest that we adopted, and
    :class:`MonthSettled` for one that reaches back into locked months.
    """
    refused = misplaced(key, queries.read_keys(session), queries.locked_periods(session))
    if refused is not None:
        raise refused


def misplaced(key: SharingKey, adopted: Sequence[SharingKey], locked: Sequence[str]) -> DomainError | None:
    """Why a key cannot be adopted, of :func:`refuse_misplaced`; ``adopted`` in the order of their versions, the latest
    of the months ``locked`` first.
    """
    last = adopted[-1] if adopted else None
    if last is not None and not (key.version > last.version and key.supersedes == last.digest):
        return errors.KeyOutOfOrder(version=last.version + 1)
    if locked and key.since <= locked[0]:
        return errors.MonthSettled(field="since", month=month_text(locked[0]))
    return None


def compute_allocation(session: Session, *, actor: Actor, month: Month, instance: str, keys: KeyStore) -> Allocation:
    """Compute who pays what for a month and sign it; the same result again, or a locked month, changes nothing.

    Raises :class:`AllocationTooEarly`, :class:`NoKeyInForce`, :class:`RateUnknown`.
    """
    lock_publishing(session)
    period, now = str(month), clock.now()
    held = queries.current(session, period)
    if held is not None and held.locked_at is not None:
        return held
    if now < calendar.allocation_due(month):
        raise errors.AllocationTooEarly(period=period, day=format_moment(calendar.allocation_due(month)))
    payload = _computed(session, period, instance)
    digest = allocation_digest(payload)
    if held is not None and held.digest == digest:
        return held
    row = queries.by_digest(session, period, digest)
    if row is None:
        row = Allocation(period=period, digest=digest)
        session.add(row)
    row.computed_at, row.envelope = now, build_envelope(ObjectKind.ALLOCATION, payload, [keys.signer(now)])
    session.flush()
    fact = events.AllocationComputed(allocation_id=row.id, period=period, digest=digest)
    record(session, fact, actor=actor)
    return row


def settle(session: Session, *, actor: Actor, month: Month) -> Allocation | None:
    """Lock a month once its day has come and at least half of those who reported came to the same bytes.

    Returns the locked allocation, ``None`` where it is too early or too few agree.
    """
    lock_publishing(session)
    held = queries.current(session, str(month))
    if held is None or held.locked_at is not None:
        return held
    found = agreement(held, queries.of_peers(session, held.period))
    if clock.now() < calendar.lock_due(month) or not found.is_enough:
        return None
    held.locked_at = clock.now()
    fact = events.AllocationLocked(
        allocation_id=held.id,
        period=held.period,
        digest=held.digest,
        agreeing=len(found.agreeing),
        reported=len(found.reported),
    )
    record(session, fact, actor=actor)
    return held


def keep_peer_allocation(session: Session, *, peer_id: int, raw: bytes, payload: dict[str, Any]) -> bool:
    """Keep what a sister says of a month (verified envelope ``raw``); whether it had not said so before."""
    digest, period = allocation_digest(payload), payload["period"]
    row = queries.of_peer(session, peer_id=peer_id, period=period, digest=digest)
    for revoked in queries.revoked_of(session, peer_id):
        if revoked.period == period and revoked is not row:
            session.delete(revoked)
    if row is not None:
        is_new = row.revoked_at is not None
        row.received_at, row.envelope, row.revoked_at = clock.now(), raw, None  # perhaps under another key by now
        return is_new
    session.add(PeerAllocation(peer_id=peer_id, period=period, digest=digest, envelope=raw, received_at=clock.now()))
    return True


def _computed(session: Session, period: str, instance: str) -> dict[str, Any]:
    try:
        return allocate(queries.books(session, period), period, instance=instance)
    except NoSharingKey:
        raise errors.NoKeyInForce(period=period) from None
    except RateMissing as missing:
        raise errors.RateUnknown(currency=missing.currency, period=period) from None
