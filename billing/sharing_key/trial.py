"""What a key of sharing would change: a month that is known, split by it and by the key that would rule without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.allocation.arithmetic import Cost, arithmetic
from billing.commons import calendar
from billing.commons.allocation import Books, MonthSplit, split_month
from billing.commons.archive import Standing
from billing.commons.rates import RateMissing
from billing.commons.sharing_key import SharingKey, in_force
from coopcircuits.period import Month


@dataclass(frozen=True)
class Change:
    """What one instance pays for the month, in EUR cents; ``None`` where it does not share. ``lines`` say how the share
    by the other key came about.
    """

    host: str
    name: str
    is_ours: bool
    before: int | None
    after: int | None
    lines: Sequence[tuple[str, str]]

    @property
    def difference(self) -> int:
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Trial:
    """The month ``period`` by both keys; ``before`` is nothing where no other key would rule the first month of the one
    tried. ``silent`` are names of those of whom no report counts, ``estimated`` of those whose report of the month is
    missing.
    """

    period: str
    before: MonthSplit | None
    after: MonthSplit
    changes: Sequence[Change]
    silent: Sequence[str]
    estimated: Sequence[str]


@dataclass(frozen=True)
class _Carried:
    host: str
    turnover: int
    share: int
    floor: int
    cap: int | None


@dataclass(frozen=True)
class Tried:
    """The outcome for the month ``period``; ``missing`` is the currency without which it could not be computed."""

    period: str
    trial: Trial | None
    missing: str = ""


def try_out(session: Session, key: SharingKey, *, this: Month, us: str, names: Mapping[str, str]) -> Tried:
    """What ``key`` would make of the last month that was allocated, else of the one before ``this``."""
    period = next(iter(allocations.periods(session)), str(this.plus(-1)))
    try:
        return Tried(period, _trial(session, key, period, us, names))
    except RateMissing as missing:
        return Tried(period, None, missing.currency)


def _trial(session: Session, key: SharingKey, period: str, us: str, names: Mapping[str, str]) -> Trial:
    books = allocations.books(session, period)
    first, present = max(key.since, period), in_force(books.keys, key.since)
    before = _split(books, _as_of(present, first, period), period) if present else None
    after = _split(books, _as_of(key, first, period), period)
    old = {share.instance: share.share for share in before.shares} if before else {}
    new = {share.instance: share.share for share in after.shares}
    lines = _lines(after, period)
    changes = [
        Change(host, names.get(host, host), host == us, old.get(host), new.get(host), lines.get(host, []))
        for host in {**old, **new}
    ]
    return Trial(
        period,
        before,
        after,
        sorted(changes, key=lambda change: (not change.is_ours, change.name)),
        silent=_named(after.standings, names, has_report=False),
        estimated=_named(after.standings, names, has_report=True),
    )


def _split(books: Books, key: SharingKey, period: str) -> MonthSplit:
    rates = books.rates.get(period, {})
    return split_month(replace(books, keys=[key]), period, calendar.counted_until(Month.parse(period)), rates)


def _as_of(key: SharingKey, first: str, period: str) -> SharingKey:
    """The key as if it ruled ``period`` already, with its members of the month ``first``."""
    members = [replace(member, since=period, until=None) for member in key.members_in(first)]
    return replace(key, since=period, members=members)


def _lines(found: MonthSplit, period: str) -> dict[str, list[tuple[str, str]]]:
    turnovers = {stake.instance: stake.turnover for stake in found.stakes}
    cost = Cost(found.key, period, found.budget, sum(turnovers.values()))
    return {
        share.instance: arithmetic(
            cost, _Carried(share.instance, turnovers[share.instance], share.share, share.floor, share.cap)
        )
        for share in found.shares
    }


def _named(standings: Mapping[str, Standing], names: Mapping[str, str], *, has_report: bool) -> list[str]:
    """Those whose report of the month is missing: with an earlier one to go by, or with none at all."""
    missing = (host for host, standing in standings.items() if standing.estimated)
    return sorted(names.get(host, host) for host in missing if (standings[host].report is not None) is has_report)
