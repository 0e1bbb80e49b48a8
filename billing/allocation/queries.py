"""Reading keys of sharing, allocations, and all that they are computed from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing.allocation.models import AdoptedKey, Allocation, PeerAllocation
from billing.commons import calendar, sharing_key
from billing.commons.allocation import Books
from billing.commons.archive import Archive, CountedReport
from billing.commons.models import PublishedReport, ReportState
from billing.commons.rates import EURO, Rate, from_euro_cents
from billing.commons.sharing_key import SharingKey
from billing.exchange_rate.queries import rates_for
from billing.peer.models import Peer, PeerReport, PeerState
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.period import Month


def payload_of(held: AdoptedKey | Allocation | PeerAllocation) -> dict[str, Any]:
    """What was signed."""
    return parse_envelope(held.envelope).payload


# ---------------------------------------------------------------- keys of sharing


def adopted_keys(session: Session) -> Sequence[AdoptedKey]:
    """Every key that we adopted, the first version first."""
    return session.scalars(select(AdoptedKey).order_by(AdoptedKey.version)).all()


def read_keys(session: Session) -> list[SharingKey]:
    """The same, as the calculation reads them."""
    return [sharing_key.read(payload_of(key)) for key in adopted_keys(session)]


def key_by_digest(session: Session, digest: str) -> AdoptedKey | None:
    return session.scalar(select(AdoptedKey).where(AdoptedKey.digest == digest))


# ---------------------------------------------------------------- allocations


def current(session: Session, period: str) -> Allocation | None:
    """What we say of a month: what is locked, else the latest computation."""
    return session.scalar(
        select(Allocation)
        .where(Allocation.period == period)
        .order_by(Allocation.locked_at.is_(None), Allocation.computed_at.desc(), Allocation.id.desc())
        .limit(1)
    )


def latest(session: Session, periods: Collection[str]) -> dict[str, Allocation]:
    """What we say of each of these months, where we say anything: what is locked, else the latest computation."""
    rows = session.scalars(
        select(Allocation)
        .where(Allocation.period.in_(periods))
        .order_by(Allocation.locked_at.is_not(None), Allocation.computed_at, Allocation.id)
    )
    return {row.period: row for row in rows}


def own_shares(session: Session, periods: Collection[str], currency: str) -> dict[str, int]:
    """What we carry of the common software in each of these months that is allocated, corrections of earlier months
    included, in minor units of ``currency``; at the month's rate of the key of sharing."""
    found = {}
    for period, row in latest(session, periods).items():
        payload = payload_of(row)
        rates = {entry["currency"]: Rate.from_json(entry) for entry in payload["rates"]}
        for entry in payload["shares"]:
            if entry["instance"] == payload["instance"] and currency in (EURO, *rates):
                found[period] = from_euro_cents(entry["share"] + entry["true_up"], currency, rates)
    return found


def by_digest(session: Session, period: str, digest: str) -> Allocation | None:
    return session.scalar(select(Allocation).where(Allocation.period == period, Allocation.digest == digest))


def periods(session: Session) -> Sequence[str]:
    """Months that we allocated, the latest first."""
    return session.scalars(select(Allocation.period).distinct().order_by(Allocation.period.desc())).all()


def locked_periods(session: Session) -> Sequence[str]:
    """Months that are settled, the latest first."""
    return session.scalars(
        select(Allocation.period).where(Allocation.locked_at.is_not(None)).order_by(Allocation.period.desc())
    ).all()


def of_peers(session: Session, period: str) -> Sequence[PeerAllocation]:
    """What each present sister says of a month, by host name."""
    rows = session.scalars(
        select(PeerAllocation)
        .join(PeerAllocation.peer)
        .where(PeerAllocation.period == period, PeerAllocation.revoked_at.is_(None), Peer.state != PeerState.REMOVED)
        .options(joinedload(PeerAllocation.peer))
        .order_by(Peer.host, PeerAllocation.received_at, PeerAllocation.id)
    )
    return list({row.peer_id: row for row in rows}.values())


def of_peer(session: Session, *, peer_id: int, period: str, digest: str) -> PeerAllocation | None:
    return session.scalar(
        select(PeerAllocation).where(
            PeerAllocation.peer_id == peer_id, PeerAllocation.period == period, PeerAllocation.digest == digest
        )
    )


def open_months(session: Session, now: datetime) -> list[Month]:
    """Months that are due to be allocated or settled, the earliest first: the last two, under a key, not locked."""
    this, settled = Month.of(now, "UTC"), set(locked_periods(session))
    first = min((key.since for key in adopted_keys(session)), default="9999-12")
    last = [this.plus(-2), this.plus(-1)]
    return [
        month
        for month in last
        if first <= str(month) and str(month) not in settled and now >= calendar.allocation_due(month)
    ]


def unmatched(session: Session, peer_id: int, *, most: int) -> list[str]:
    """Of the latest months that we allocated, those for which this sister is not known to say the same."""
    return [
        period
        for period in periods(session)[:most]
        if (ours := current(session, period)) is None
        or (theirs := _last_of(session, peer_id, period)) is None
        or theirs.digest != ours.digest
    ]


def revoked_of(session: Session, peer_id: int) -> Sequence[PeerAllocation]:
    """What a sister said under a key that was stolen, and did not say again."""
    return session.scalars(
        select(PeerAllocation)
        .where(PeerAllocation.peer_id == peer_id, PeerAllocation.revoked_at.is_not(None))
        .order_by(PeerAllocation.period)
    ).all()


def _last_of(session: Session, peer_id: int, period: str) -> PeerAllocation | None:
    return session.scalar(
        select(PeerAllocation)
        .where(PeerAllocation.peer_id == peer_id, PeerAllocation.period == period, PeerAllocation.revoked_at.is_(None))
        .order_by(PeerAllocation.received_at.desc(), PeerAllocation.id.desc())
        .limit(1)
    )


# ---------------------------------------------------------------- what they are computed from


def books(session: Session, period: str) -> Books:
    """Our reports and those of our sisters, the keys that we adopted, and the rates, for the allocation of ``period``.

    A report that is put aside counts as missing. Earlier months keep the rates that their allocation was signed with.
    """
    rates: dict[str, Mapping[str, Rate]] = {period: rates_for(session, period)}
    for earlier in periods(session):
        if earlier < period and (held := current(session, earlier)) is not None:
            rates[earlier] = {entry["currency"]: Rate.from_json(entry) for entry in payload_of(held)["rates"]}
    return Books(
        archive=Archive(_counted(session, period)),
        keys=read_keys(session),
        rates=rates,
    )


def _counted(session: Session, period: str) -> list[CountedReport]:
    """Those under a key that turned out to be stolen among them: they counted until then."""
    ours = session.execute(
        select(PublishedReport.envelope, PublishedReport.digest, PublishedReport.revoked_at).where(
            PublishedReport.state == ReportState.FINAL, PublishedReport.period <= period
        )
    )
    theirs = session.execute(
        select(PeerReport.envelope, PeerReport.digest, PeerReport.revoked_at)
        .join(PeerReport.peer)
        .where(
            PeerReport.state == ReportState.FINAL,
            PeerReport.period <= period,
            PeerReport.quarantined_at.is_(None),
            Peer.state != PeerState.REMOVED,
        )
    )
    return [
        CountedReport.of(parse_envelope(raw).payload, digest, until=revoked_at)
        for raw, digest, revoked_at in (*ours, *theirs)
    ]
