"""The allocation of a month: what each instance pays, computed from reports, keys of sharing and stored rates.

A pure function of its arguments: every instance, and anybody who has the documents, comes to the same bytes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.commons.archive import Archive, CountedReport, Standing
from billing.commons.calendar import counted_until
from billing.commons.rates import DIGITS, EURO, Rate, RateMissing, to_euro_cents
from billing.commons.shares import Share, Stake, split
from billing.commons.sharing_key import MONTHS_A_YEAR, SharingKey, in_force
from coopcircuits.federation import schema
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.codes import is_currency
from coopcircuits.federation.index import period
from coopcircuits.federation.schema import Problem, each, hidden, integer, members
from coopcircuits.period import Month

_cents = integer(0)


def _flag(path: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(path, "wrong-type", "true or false")


_rate = members(
    {
        "currency": schema.matching(is_currency, "ISO 4217"),
        "rate": schema.matching(
            re.compile(rf"(?!0[.]0+$)(0|[1-9][0-9]{{0,11}})\.[0-9]{{{DIGITS}}}", re.ASCII).fullmatch,
            f"{DIGITS} decimals",
        ),
        "source": schema.code,
        "from": schema.day,
        "to": schema.day,
    }
)
_input = members({"instance": schema.host, "digest": hidden(schema.digest), "estimated": _flag, "weight_base": _cents})
_share = members(
    {"instance": schema.host, "share": _cents, "floor": _cents, "cap": hidden(_cents), "true_up": integer()}
)
_document = members(
    {
        "v": schema.constant(1),
        "type": schema.constant("coop-allocation"),
        "instance": schema.host,
        "period": period,
        "currency": schema.constant(EURO),
        "budget": _cents,
        "sharing_key": schema.digest,
        "rates": each(_rate, at_most=200),
        "inputs": each(_input, at_most=200),
        "shares": each(_share, at_most=400),
        "uncovered": _cents,
    }
)


class NoSharingKey(LookupError):
    """No key of sharing rules this month."""


@dataclass(frozen=True)
class Books:
    """All that allocations are computed from; ``rates`` by month and currency."""

    archive: Archive
    keys: Sequence[SharingKey]
    rates: Mapping[str, Mapping[str, Rate]]


@dataclass(frozen=True)
class MonthSplit:
    """A month's cost split by the reports that were known at one instant; amounts are EUR cents."""

    key: SharingKey
    standings: Mapping[str, Standing]
    stakes: Sequence[Stake]
    spent: Mapping[str, int]
    budget: int
    shares: Sequence[Share]
    uncovered: int


def check_allocation(payload: Any) -> list[Problem]:
    """Everything wrong with an allocation taken by itself; empty for a good one."""
    return list(_document("", payload)) or list(_agreement(payload))


def allocation_digest(payload: Mapping[str, Any]) -> str:
    """What instances compare: the digest of everything but who computed it."""
    return digest({name: value for name, value in payload.items() if name != "instance"})


def allocate(books: Books, month: str, *, instance: str) -> dict[str, Any]:
    """The allocation payload of ``month`` that ``instance`` signs.

    Raises :class:`NoSharingKey` and :class:`RateMissing`.
    """
    late = _late_reports(books.archive, month)
    rates = _rates_of(books, month, late)
    found = split_month(books, month, counted_until(Month.parse(month)), rates)
    true_ups = _true_ups(books, month, late, rates)
    shares = {share.instance: share for share in found.shares}
    return {
        "v": 1,
        "type": "coop-allocation",
        "instance": instance,
        "period": month,
        "currency": EURO,
        "budget": found.budget,
        "sharing_key": found.key.digest,
        "rates": [rates[currency].as_json() for currency in sorted(rates)],
        "inputs": [_input_entry(stake, found.standings[stake.instance]) for stake in found.stakes],
        "shares": [
            _share_entry(shares.get(name, Share(name, 0, 0, None)), true_ups[name])
            for name in sorted({*shares, *(name for name, amount in true_ups.items() if amount)})
        ],
        "uncovered": found.uncovered,
    }


def split_month(books: Books, month: str, before: datetime, rates: Mapping[str, Rate]) -> MonthSplit:
    """Split the cost of ``month`` by the reports issued ``before`` an instant."""
    key = _key_of(books, month)
    standings = {
        member.instance: books.archive.standing(member.instance, month, before) for member in key.members_in(month)
    }
    stakes = [
        Stake(
            member.instance,
            turnover=max(0, to_euro_cents(standings[member.instance].turnover, rates)),
            income=max(0, to_euro_cents(standings[member.instance].income, rates)),
            group=member.group,
        )
        for member in key.members_in(month)
    ]
    spent = {name: to_euro_cents(standing.common_cash, rates) for name, standing in standings.items()}
    budget = max(0, sum(spent.values())) if key.budget is None else key.budget
    shares, uncovered = split(key, stakes, budget, month)
    return MonthSplit(key, standings, stakes, spent, budget, shares, uncovered)


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Members in which two allocations of a month differ, as paths such as ``inputs.de.example.coop``."""
    found = [
        name for name in ("sharing_key", "budget", "uncovered", "currency", "period") if ours[name] != theirs[name]
    ]
    for name, by in (("rates", "currency"), ("inputs", "instance"), ("shares", "instance")):
        mine, other = ({entry[by]: entry for entry in side[name]} for side in (ours, theirs))
        found += [
            f"{name}.{which}" for which in sorted(mine.keys() | other.keys()) if mine.get(which) != other.get(which)
        ]
    return found


def _key_of(books: Books, month: str) -> SharingKey:
    key = in_force(books.keys, month)
    if key is None:
        raise NoSharingKey(month)
    return key


def _currencies(books: Books, month: str, late: Sequence[CountedReport]) -> set[str]:
    """Of every member and of every report that is used, so that a later correction finds its rate as well."""
    before = counted_until(Month.parse(month))
    needed = {report.currency for report in late}
    for member in _key_of(books, month).members_in(month):
        standing = books.archive.standing(member.instance, month, before)
        needed |= {member.currency, *standing.turnover, *standing.income}
    return needed - {EURO}


def _rates_of(books: Books, month: str, late: Sequence[CountedReport]) -> dict[str, Rate]:
    known, needed = books.rates.get(month, {}), _currencies(books, month, late)
    missing = sorted(needed - known.keys())
    if missing:
        raise RateMissing(missing[0])
    return {currency: known[currency] for currency in needed}


def _late_reports(archive: Archive, month: str) -> list[CountedReport]:
    """Reports of earlier months that count since the last allocation, or no more: revisions, and whoever was late."""
    this = Month.parse(month)
    moved = archive.moved_between(counted_until(this.plus(-1)), counted_until(this))
    return [report for report in moved if report.period < month]


def _true_ups(books: Books, month: str, late: Sequence[CountedReport], rates: Mapping[str, Rate]) -> Counter[str]:
    """What each instance owes more (or less) for the twelve months before, now that ``late`` reports are known.

    Each of those months is split again as it was last charged and as it stands now, by its own key and rates.
    """
    corrections: Counter[str] = Counter()
    if not late:
        return corrections
    this = Month.parse(month)
    last_charged, now = counted_until(this.plus(-1)), counted_until(this)
    first = max(
        min(report.period for report in late), str(this.plus(-MONTHS_A_YEAR)), min(key.since for key in books.keys)
    )
    for step in range(-MONTHS_A_YEAR, 0):
        earlier = str(this.plus(step))
        if earlier < first:
            continue
        earlier_rates = {**rates, **books.rates.get(earlier, {})}
        for instant, sign in ((last_charged, -1), (now, 1)):
            for share in split_month(books, earlier, instant, earlier_rates).shares:
                corrections[share.instance] += sign * share.share
    return corrections


def _input_entry(stake: Stake, standing: Standing) -> dict[str, Any]:
    return {
        "instance": stake.instance,
        "digest": standing.report.digest if standing.report else None,
        "estimated": standing.estimated,
        "weight_base": stake.turnover,
    }


def _share_entry(share: Share, true_up: int) -> dict[str, Any]:
    return {
        "instance": share.instance,
        "share": share.share,
        "floor": share.floor,
        "cap": share.cap,
        "true_up": true_up,
    }


def _agreement(payload: dict[str, Any]) -> Iterator[Problem]:
    for name, by in (("rates", "currency"), ("inputs", "instance"), ("shares", "instance")):
        order = [entry[by] for entry in payload[name]]
        if order != sorted(set(order)):
            yield Problem(name, "wrong-value", f"sorted by {by}, each once")
    shares = payload["shares"]
    if sum(entry["share"] for entry in shares) + payload["uncovered"] != payload["budget"]:
        yield Problem("shares", "does-not-add-up", "shares and uncovered make the budget")
    for entry in shares:
        if entry["cap"] is not None and not entry["floor"] <= entry["cap"] >= entry["share"]:
            yield Problem("shares", "does-not-add-up", f"at most the cap: {entry['instance']}")
