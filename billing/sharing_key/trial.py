"""What a key of sharing would change: a month that is known, split by the key in force and by the other one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from billing.allocation import queries as allocations
from billing.commons import calendar
from billing.commons.allocation import Books, MonthSplit, split_month
from billing.commons.sharing_key import SharingKey, in_force
from coopcircuits.period import Month


@dataclass(frozen=True)
class Change:
    """What one instance pays for the month, in EUR cents; ``None`` where it does not share."""

    host: str
    name: str
    is_ours: bool
    before: int | None
    after: int | None

    @property
    def difference(self) -> int:
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True)
class Trial:
    """The month ``period`` by both keys; ``before`` is nothing where no key was in force then."""

    period: str
    before: MonthSplit | None
    after: MonthSplit
    changes: Sequence[Change]


def trial(session: Session, key: SharingKey, *, this: Month, us: str, names: Mapping[str, str]) -> Trial:
    """Split the last month that was allocated, else the one before ``this``; raises :class:`RateMissing`."""
    period = next(iter(allocations.periods(session)), str(this.plus(-1)))
    books = allocations.books(session, period)
    present = in_force(books.keys, period)
    before = _split(books, present, period) if present else None
    after = _split(books, _as_of(key, period), period)
    old = {share.instance: share.share for share in before.shares} if before else {}
    new = {share.instance: share.share for share in after.shares}
    changes = [Change(host, names.get(host, host), host == us, old.get(host), new.get(host)) for host in {**old, **new}]
    return Trial(period, before, after, sorted(changes, key=lambda change: (not change.is_ours, change.name)))


def _split(books: Books, key: SharingKey, period: str) -> MonthSplit:
    rates = books.rates.get(period, {})
    return split_month(replace(books, keys=[key]), period, calendar.counted_until(Month.parse(period)), rates)


def _as_of(key: SharingKey, period: str) -> SharingKey:
    """The key as if it ruled that month already, with the members of its first month."""
    members = [replace(member, since=period, until=None) for member in key.members_in(max(key.since, period))]
    return replace(key, since=period, members=members)
