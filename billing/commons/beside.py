"""Our month beside the sisters': who reported what, who is late, and the proof of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.commons import calendar, queries
from billing.commons.models import PublishedReport, ReportState
from billing.commons.words import common_cost
from billing.peer import queries as peers
from billing.peer.models import Peer, PeerReport
from coopcircuits.federation.identity import Profile
from coopcircuits.federation.signing import parse_envelope
from coopcircuits.i18n import gettext
from coopcircuits.money import allocate
from coopcircuits.period import Month
from coopcircuits.templating import short_date


@dataclass(frozen=True)
class Line:
    """One instance in one month. ``peer`` is nobody for ourselves; ``payload`` is nothing where none may be shown."""

    name: str
    country: str
    host: str
    currency: str
    label: str
    tone: str
    payload: dict[str, Any] | None = None
    report: PublishedReport | PeerReport | None = None
    peer: Peer | None = None

    @property
    def is_ours(self) -> bool:
        return self.peer is None

    @property
    def verified_at(self) -> datetime | None:
        """When a sister's report was verified; ours needs no verification by us."""
        return self.report.received_at if isinstance(self.report, PeerReport) else None

    @property
    def common(self) -> int:
        """What was spent and given for the common software, in minor units."""
        return common_cost(self.payload, "cash") + common_cost(self.payload, "in_kind") if self.payload else 0


@dataclass(frozen=True)
class Beside:
    """The lines of a month, ours first, and the months around it for which there is any report."""

    period: str
    lines: list[Line]
    earlier: str | None
    later: str | None

    @property
    def reported(self) -> list[Line]:
        return [line for line in self.lines if line.payload]

    @property
    def missing(self) -> list[Line]:
        return [line for line in self.lines if not line.payload]

    @property
    def tells_cash(self) -> bool:
        """Whether any of them says what its accounts held."""
        return any("balance" in line.payload for line in self.lines if line.payload)

    def by_currency(self) -> dict[str, list[Line]]:
        """Reports whose amounts may be compared with each other, those in our own currency first."""
        groups: dict[str, list[Line]] = {}
        for line in self.reported:
            groups.setdefault(line.currency, []).append(line)
        return dict(sorted(groups.items(), key=lambda group: (group[0] != self.lines[0].currency, group[0])))

    @staticmethod
    def shares(lines: Sequence[Line]) -> list[tuple[Line, int]]:
        """Who carried the common software, in whole percent of what these lines gave together."""
        givers = [line for line in lines if line.common > 0]
        percents = allocate(100, [line.common for line in givers]) if givers else []
        return list(zip(givers, percents, strict=True))


def months(session: Session) -> list[str]:
    """Months for which anybody reported, the latest first."""
    return sorted({*queries.published_periods(session), *peers.periods(session)}, reverse=True)


def beside(session: Session, *, period: str, us: Profile, now: datetime) -> Beside:
    """The month ``period`` of ourselves and of every sister."""
    published = queries.revisions(session, period)
    received = peers.latest_reports(session, period)
    known, sisters = months(session), peers.peers(session)
    refused = peers.refused(session, period, [peer.id for peer in sisters if peer.id not in received])
    lines = [_ours(us, published[-1] if published else None, period, now)]
    for peer in sisters:
        lines.append(_sisters(peer, received.get(peer.id), peer.id in refused, period, now))
    return Beside(
        period,
        lines,
        earlier=max((month for month in known if month < period), default=None),
        later=min((month for month in known if month > period), default=None),
    )


def _ours(us: Profile, report: PublishedReport | None, period: str, now: datetime) -> Line:
    label, tone = _state(report, period, now)
    payload = parse_envelope(report.envelope).payload if report else None
    return Line(us.name, us.country, us.instance, us.currency, label, tone, payload, report)


def _sisters(peer: Peer, report: PeerReport | None, refused: bool, period: str, now: datetime) -> Line:
    if report is not None and report.quarantined_at is not None:
        label, tone = gettext("Two different reports: put aside"), "danger"
        return Line(peer.name, peer.country, peer.host, peer.currency, label, tone, None, report, peer)
    if report is not None and report.revoked_at is not None:
        label, tone = gettext("Signed with a stolen key: to be signed again"), "danger"
        return Line(peer.name, peer.country, peer.host, peer.currency, label, tone, None, report, peer)
    label, tone = (gettext("Refused"), "danger") if refused and not report else _state(report, period, now)
    payload = parse_envelope(report.envelope).payload if report else None
    currency = payload["currency"] if payload else peer.currency
    return Line(peer.name, peer.country, peer.host, currency, label, tone, payload, report, peer)


def _state(report: PublishedReport | PeerReport | None, period: str, now: datetime) -> tuple[str, str]:
    month = Month.parse(period)
    late = now >= calendar.final_due(month)
    due = short_date(calendar.final_due(month))
    if report is not None and report.state is ReportState.FINAL:
        return gettext("Final"), "success"
    if report is not None:
        late_text = gettext("Provisional, the final one is late since %(day)s", day=due)
        return (late_text, "warning") if late else (gettext("Provisional"), "info")
    if late:
        return gettext("Late since %(day)s", day=due), "warning"
    return gettext("Expected by %(day)s", day=due), "quiet"
