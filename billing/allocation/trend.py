"""Two years of every instance, out of what each published: nothing here is more than anybody could read in reports."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.allocation.queries import latest, payload_of
from billing.commons.beside import months
from billing.commons.cells import CONTRIBUTIONS, NET
from billing.commons.models import PublishedReport
from billing.commons.report import cell
from billing.commons.words import common_cost
from billing.peer import queries as peers
from billing.peer.models import Peer, PeerReport
from coopcircuits.federation.identity import Profile
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.period import Month

MONTHS = 24


@dataclass(frozen=True)
class Point:
    """One instance in one month; ``payload`` is nothing where no report is held, ``share`` where none was computed.

    Amounts are minor units of the report's currency, ``share`` and ``true_up`` EUR cents.
    """

    period: str
    payload: dict[str, Any] | None = None
    share: int | None = None
    true_up: int = 0

    @property
    def sales(self) -> int | None:
        """Turnover before tax, where it is published."""
        return cell(self.payload, NET) if self.payload else None

    @property
    def contributions(self) -> int | None:
        """What was invoiced, where every part of it is published."""
        if self.payload is None:
            return None
        parts = [cell(self.payload, f"contributions.{kind}.invoiced") for kind in CONTRIBUTIONS]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def costs(self) -> int | None:
        """All costs, work given included."""
        return sum(int(cost["amount"]) for cost in self.payload["costs"]) if self.payload else None

    @property
    def common(self) -> int | None:
        """What of them was for the common software."""
        if self.payload is None:
            return None
        return common_cost(self.payload, "cash") + common_cost(self.payload, "in_kind")


@dataclass(frozen=True)
class Trend:
    """An instance's points, the earliest first, one for each month up to the last that anybody reported."""

    host: str
    name: str
    currency: str
    points: list[Point]

    @property
    def reported(self) -> list[Point]:
        return [point for point in self.points if point.payload]

    @property
    def since_first(self) -> list[Point]:
        """The points from the first one that says anything, at least two."""
        first = next((at for at, point in enumerate(self.points) if point.payload or point.share is not None), 0)
        return self.points[min(first, len(self.points) - 2) :]


def trends(session: Session, *, us: Profile, hosts: Collection[str] | None = None) -> list[Trend]:
    """Two years of us and of each present sister, or of those of these ``hosts``, ours first."""
    known = months(session)
    last = [str(Month.parse(known[0]).plus(step)) for step in range(1 - MONTHS, 1)] if known else []
    first, shares = min(last, default=""), _shares(session, last)
    found = []
    if hosts is None or us.instance in hosts:
        found.append(_trend(us.instance, us.name, us.currency, last, _ours(session, first), shares))
    for peer in peers.peers(session):
        if hosts is None or peer.host in hosts:
            found.append(_trend(peer.host, peer.name, peer.currency, last, _theirs(session, peer, first), shares))
    return found


def _trend(
    host: str,
    name: str,
    currency: str,
    last: list[str],
    payloads: Mapping[str, dict[str, Any]],
    shares: Mapping[tuple[str, str], tuple[int, int]],
) -> Trend:
    points = []
    for period in last:
        share, true_up = shares.get((period, host), (None, 0))
        points.append(Point(period, payloads.get(period), share, true_up))
    reported = [point.payload["currency"] for point in points if point.payload]
    return Trend(host, name, reported[-1] if reported else currency, points)


def _ours(session: Session, first: str) -> dict[str, dict[str, Any]]:
    """Our latest revision of each month."""
    rows = session.execute(
        select(PublishedReport.period, PublishedReport.envelope)
        .where(PublishedReport.period >= first)
        .order_by(PublishedReport.revision)
    )
    return {period: parse_envelope(raw).payload for period, raw in rows}


def _theirs(session: Session, peer: Peer, first: str) -> dict[str, dict[str, Any]]:
    """A sister's latest revision of each month; nothing where it does not count."""
    rows = session.execute(
        select(PeerReport.period, PeerReport.envelope, peers.counting())
        .where(PeerReport.peer_id == peer.id, PeerReport.period >= first)
        .order_by(PeerReport.revoked_at.is_(None), PeerReport.revision, PeerReport.id)
    )
    held = {period: raw if counts else None for period, raw, counts in rows}
    return {period: parse_envelope(raw).payload for period, raw in held.items() if raw is not None}


def _shares(session: Session, periods: Collection[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """(share, correction) by month and host, from what is locked, else from the latest computation."""
    return {
        (period, entry["instance"]): (entry["share"], entry["true_up"])
        for period, row in latest(session, periods).items()
        for entry in payload_of(row)["shares"]
    }
