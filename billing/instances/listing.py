"""All instances that share the software, as a list for people: where they are, what they speak, how they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from billing.allocation.queries import read_keys
from billing.commons import calendar
from billing.commons import queries as ours
from billing.commons.models import ReportState
from billing.commons.sharing_key import SharingKey
from billing.commons.words import country_text
from billing.peer import queries
from billing.peer.models import Peer, PeerState
from billing.peer.remarks import SILENT_FOR
from coopcircuits.federation.identity import Profile
from coopcircuits.i18n import LANGUAGES, gettext, ngettext
from coopcircuits.period import Month
from coopcircuits.references import plain
from coopcircuits.templating import short_date


@dataclass(frozen=True)
class Instance:
    """One instance. ``peer`` is nobody for ourselves; ``label`` says how it stands, in a badge of that ``tone``.

    ``left`` is the first month in which it shares no cost any more, by a decision of the members.
    """

    host: str
    name: str
    country: str
    currency: str
    zone: str
    languages: Sequence[str]
    label: str
    tone: str
    left: str | None = None
    peer: Peer | None = None

    @property
    def is_ours(self) -> bool:
        return self.peer is None

    @property
    def is_past(self) -> bool:
        return self.peer is not None and self.peer.removed_at is not None


@dataclass(frozen=True)
class Listing:
    """``present`` instances, ours first and the others by country and name; ``past`` sisters, who left last first."""

    present: Sequence[Instance]
    past: Sequence[Instance] = field(default_factory=list)

    @property
    def sisters(self) -> Sequence[Instance]:
        """Those present but ourselves."""
        return [one for one in self.present if not one.is_ours]

    @property
    def countries(self) -> set[str]:
        return {one.country for one in self.present}

    @property
    def languages(self) -> set[str]:
        """All that are spoken, whatever the country: French once."""
        return {tag.partition("-")[0] for one in self.present for tag in one.languages}

    @property
    def currencies(self) -> set[str]:
        return {one.currency for one in self.present}


def listing(session: Session, *, us: Profile, now: datetime) -> Listing:
    """Ourselves, our sisters and those who were, by what is held at ``now``."""
    keys, finals = read_keys(session), queries.last_finals(session)
    sisters, past = queries.peers(session), queries.past_peers(session)
    doubtful = queries.contradictions(session, [peer.id for peer in sisters])
    present = []
    for peer in sisters:
        left = left_sharing(keys, peer.host, now)
        label, tone = _standing(
            finals.get(peer.id),
            now,
            since=peer.added_at,
            doubtful=peer.id in doubtful,
            dormant=left is not None,
            asked=peer.state is not PeerState.PAUSED,
        )
        present.append(_sister(peer, label, tone, left))
    gone = [_sister(peer, gettext("No longer a sister"), "quiet", None) for peer in past]
    return Listing(
        [_ourselves(session, us, keys, now), *sorted(present, key=_by_country)],
        sorted(gone, key=lambda one: (one.peer and one.peer.removed_at) or now, reverse=True),
    )


def left_sharing(keys: Iterable[SharingKey], host: str, now: datetime) -> str | None:
    """The first month without an instance that shared the cost before, by the keys that have begun; else ``None``."""
    this = str(Month.of(now, "UTC"))
    shared, left = False, None
    for key in sorted(keys, key=lambda key: key.version):
        if key.since > this:
            continue
        member = next((one for one in key.members if one.instance == host and one.since <= this), None)
        if member is not None:
            shared, left = True, member.until if member.until and member.until <= this else None
        elif shared:
            left = left or key.since
    return left


def months_silent(last: str, now: datetime) -> int:
    """How many months are over since the one of the ``last`` final report, at least 0."""
    this, told = Month.of(now, "UTC"), Month.parse(last)
    return max(0, 12 * (this.year - told.year) + this.number - told.number - 1)


def _standing(
    last: str | None, now: datetime, *, since: datetime, doubtful: bool, dormant: bool, asked: bool = True
) -> tuple[str, str]:
    """Judge by the month of the ``last`` final report; without one, by when it became a sister.

    Who is not ``asked`` is not judged: what it published meanwhile is not known.
    """
    told = last or str(Month.of(since, "UTC").plus(-1))
    due, silent = calendar.final_due(Month.parse(told).plus(1)), months_silent(told, now)
    if doubtful:
        return gettext("Contradicts itself"), "danger"
    if now >= due and dormant:
        return gettext("Dormant by decision"), "quiet"
    if not asked:
        return gettext("Not asked at present"), "quiet"
    if silent >= SILENT_FOR:
        return ngettext("Silent for %(num)s month", "Silent for %(num)s months", silent), "warning"
    if now >= due:
        return gettext("Late since %(day)s", day=short_date(due)), "warning"
    return (gettext("Reports on time"), "success") if last else (gettext("No report yet"), "quiet")


def _ourselves(session: Session, us: Profile, keys: Iterable[SharingKey], now: datetime) -> Instance:
    finals = [report.period for report in ours.published(session) if report.state is ReportState.FINAL]
    left = left_sharing(keys, us.instance, now)
    label, tone = _standing(max(finals, default=None), now, since=now, doubtful=False, dormant=left is not None)
    return Instance(us.instance, us.name, us.country, us.currency, us.zone, list(LANGUAGES), label, tone, left)


def _sister(peer: Peer, label: str, tone: str, left: str | None) -> Instance:
    return Instance(
        peer.host, peer.name, peer.country, peer.currency, peer.zone, peer.languages, label, tone, left, peer
    )


def _by_country(one: Instance) -> tuple[str, str, str]:
    return plain(country_text(one.country)), plain(one.name), one.host
