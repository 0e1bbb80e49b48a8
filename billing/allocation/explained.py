"""A month's allocation for people: who pays what, how it was computed, what is not covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from billing.allocation import queries
from billing.allocation.agreement import Agreement, agreement
from billing.commons import sharing_key
from billing.commons.beside import Beside, Line
from billing.commons.rates import EURO, Rate, RateMissing, to_euro_cents
from billing.commons.sharing_key import Kind, SharingKey
from billing.commons.words import amount_text, common_cost
from coopcircuits.i18n import gettext
from coopcircuits.money import rounded
from coopcircuits.templating import number_text, rate_text


@dataclass(frozen=True)
class Part:
    """What one instance carries, in EUR cents; ``spent`` and ``given`` are what its report of the month says."""

    host: str
    name: str
    is_ours: bool
    estimated: bool
    turnover: int
    share: int
    floor: int
    cap: int | None
    true_up: int
    spent: int
    given: int

    @property
    def owed(self) -> int:
        return self.share + self.true_up

    @property
    def rest(self) -> int:
        """Still to give if positive, to receive if negative."""
        return self.owed - self.spent


@dataclass(frozen=True)
class Explained:
    """The page's content: parts by size, the gap, who agrees, and our own arithmetic as (text, amount)."""

    period: str
    digest: str
    locked_at: datetime | None
    budget: int
    voted_budget: bool
    uncovered: int
    key: SharingKey
    parts: Sequence[Part]
    rates: Sequence[Rate]
    agreement: Agreement

    @property
    def ours(self) -> Part | None:
        return next((part for part in self.parts if part.is_ours), None)

    @property
    def covered(self) -> int:
        return self.budget - self.uncovered

    def rule(self) -> str:
        """The key of sharing in one or two sentences."""
        return rule_text(self.key)

    def arithmetic(self, part: Part) -> list[tuple[str, str]]:
        """How the share of one instance came about, line by line: (what, amount)."""
        members = len(self.key.members_in(self.period))
        steps = _steps(self.key, part, self.budget, members, sum(other.turnover for other in self.parts))
        lines = [(text, _euros(rounded(amount))) for text, amount in steps]
        if steps:
            lines += _bounded(self.key, part, rounded(sum((amount for _text, amount in steps), Fraction(0))))
        return lines


def rule_text(key: SharingKey) -> str:
    """A key of sharing in one or two sentences."""
    return _RULES[key.kind](key)


def explained(session: Session, month: Beside, us: str) -> Explained | None:
    """Our allocation of the month that is shown, ``None`` where there is none."""
    held = queries.current(session, month.period)
    if held is None:
        return None
    payload = queries.payload_of(held)
    adopted = queries.key_by_digest(session, payload["sharing_key"])
    if adopted is None:
        return None
    key = sharing_key.read(queries.payload_of(adopted))
    rates = {entry["currency"]: Rate.from_json(entry) for entry in payload["rates"]}
    lines = {line.host: line for line in month.lines}
    inputs = {entry["instance"]: entry for entry in payload["inputs"]}
    parts = [
        _part(entry, inputs.get(entry["instance"], {}), lines.get(entry["instance"]), rates, us)
        for entry in payload["shares"]
    ]
    return Explained(
        period=month.period,
        digest=held.digest,
        locked_at=held.locked_at,
        budget=payload["budget"],
        voted_budget=key.budget is not None,
        uncovered=payload["uncovered"],
        key=key,
        parts=sorted(parts, key=lambda part: (-part.owed, part.name)),
        rates=[rates[currency] for currency in sorted(rates)],
        agreement=agreement(held, queries.of_peers(session, month.period)),
    )


def _part(entry: dict[str, Any], given: dict[str, Any], line: Line | None, rates: dict[str, Rate], us: str) -> Part:
    estimated = bool(given.get("estimated", False))
    counts = line is not None and line.payload is not None and not estimated
    return Part(
        host=entry["instance"],
        name=line.name if line else entry["instance"],
        is_ours=entry["instance"] == us,
        estimated=estimated,
        turnover=given.get("weight_base", 0),
        share=entry["share"],
        floor=entry["floor"],
        cap=entry["cap"],
        true_up=entry["true_up"],
        spent=_common(line, "cash", rates) if counts else 0,
        given=_common(line, "in_kind", rates) if counts else 0,
    )


def _common(line: Line | None, kind: str, rates: dict[str, Rate]) -> int:
    """What an instance spent or gave for the common software, in EUR cents."""
    if line is None or line.payload is None:
        return 0
    try:
        return to_euro_cents({line.currency: Fraction(common_cost(line.payload, kind))}, rates)
    except RateMissing:  # reported in another currency since: the allocation knows no rate for it
        return 0


# ---------------------------------------------------------------- in words


def _euros(cents: int) -> str:
    return amount_text(cents, EURO)


def _percent(permille: int) -> str:
    return rate_text(permille * 10)


def _yearly(permille: int) -> str:
    return gettext("At most %(rate)s of its contributions of twelve months, divided by twelve", rate=_percent(permille))


_RULES = {
    Kind.EQUAL: lambda key: gettext("All instances pay the same."),
    Kind.PROPORTIONAL: lambda key: gettext("Each instance pays in proportion to its sales of twelve months."),
    Kind.CAPACITY: lambda key: gettext(
        "Each instance pays %(rate)s of its contributions of twelve months, divided by twelve.",
        rate=_percent(key.rule["permille"]),
    ),
    Kind.FLAT: lambda key: gettext(
        "Each instance pays %(rate)s of its sales of twelve months, divided by twelve.",
        rate=_percent(key.rule["permille"]),
    ),
    Kind.TIERS: lambda key: gettext("Each instance pays the price of its tier."),
    Kind.AIRPORT: lambda key: gettext(
        "Each level of service is paid equally by the instances that need it or a higher one."
    ),
    Kind.FLOOR_CAP: lambda key: gettext(
        "Each instance pays in proportion to its sales of twelve months, at least %(floor)s a month, and never more "
        "than %(rate)s of its contributions.",
        floor=_euros(key.rule["floor"]),
        rate=_percent(key.rule["cap_permille"]),
    ),
    Kind.HYBRID: lambda key: gettext(
        "%(equal)s of the cost is shared equally, the rest in proportion to sales of twelve months. Each instance pays "
        "at least %(floor)s a month, and never more than %(rate)s of its contributions.",
        equal=_percent(key.rule["equal_permille"]),
        floor=_euros(key.rule["floor"]),
        rate=_percent(key.rule["cap_permille"]),
    ),
}


def _steps(key: SharingKey, part: Part, budget: int, count: int, whole: int) -> list[tuple[str, Fraction]]:
    """What a share is before anybody's least or most; nothing for keys that ask a rate or a price."""
    equal = {Kind.EQUAL: 1000, Kind.HYBRID: key.rule.get("equal_permille", 0)}.get(key.kind, 0)
    if key.kind not in (Kind.EQUAL, Kind.HYBRID, Kind.PROPORTIONAL, Kind.FLOOR_CAP):
        return []
    steps = []
    if equal:
        text = gettext(
            "Equal part: %(rate)s of %(budget)s, divided by %(count)s",
            rate=_percent(equal),
            budget=_euros(budget),
            count=number_text(count),
        )
        steps.append((text, Fraction(budget * equal, 1000 * count)))
    if equal < 1000 and whole:
        text = gettext(
            "Part by sales: %(rate)s of %(budget)s, times %(own)s of all sales (%(sales)s of %(whole)s)",
            rate=_percent(1000 - equal),
            budget=_euros(budget),
            own=rate_text(rounded(Fraction(10_000 * part.turnover, whole))),
            sales=_euros(part.turnover),
            whole=_euros(whole),
        )
        steps.append((text, Fraction(budget * (1000 - equal) * part.turnover, 1000 * whole)))
    return steps


def _bounded(key: SharingKey, part: Part, before: int) -> list[tuple[str, str]]:
    """What bounds, our own or those of others, made of that amount."""
    if abs(part.share - before) <= 1:
        return []
    if part.share == part.cap:
        return [(_yearly(key.rule["cap_permille"]), _euros(part.cap))]
    if part.share == part.floor:
        return [(gettext("The least that everybody pays"), _euros(part.floor))]
    text = gettext("Others pay their least or their most: what that leaves is shared again")
    return [(text, _euros(part.share - before))]
