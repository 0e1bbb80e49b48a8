"""How one instance's share of a month came about, line by line, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from billing.commons.kinds import euros, percent
from billing.commons.sharing_key import Kind, SharingKey, groups_of
from coopcircuits.i18n import gettext
from coopcircuits.money import allocate, rounded
from coopcircuits.templating import number_text, rate_text


class Carried(Protocol):
    """What one instance carries of a month, between which bounds and from which sales, in EUR cents."""

    @property
    def host(self) -> str: ...
    @property
    def turnover(self) -> int: ...
    @property
    def share(self) -> int: ...
    @property
    def floor(self) -> int: ...
    @property
    def cap(self) -> int | None: ...


@dataclass(frozen=True)
class Cost:
    """A month's ``budget`` under its key; ``turnover`` is that of all who share, in EUR cents."""

    key: SharingKey
    period: str
    budget: int
    turnover: int

    def groups(self) -> dict[str, str | None]:
        """The tier or level of whoever shares, by host."""
        return {member.instance: member.group for member in self.key.members_in(self.period)}


_Step = tuple[str, Fraction]


def arithmetic(cost: Cost, part: Carried) -> list[tuple[str, str]]:
    """How the share of one instance came about: (what, amount)."""
    steps = _STEPS[cost.key.kind](cost, part)
    lines = [(text, euros(rounded(amount))) for text, amount in steps]
    return lines + _bounded(cost.key, part, rounded(sum((amount for _text, amount in steps), Fraction(0))))


def _weighed(cost: Cost, part: Carried) -> list[_Step]:
    """What a share is before anybody's least or most."""
    equal = {Kind.EQUAL: 1000}.get(cost.key.kind, cost.key.rule.get("equal_permille", 0))
    count, steps = len(cost.groups()), []
    if equal:
        text = gettext(
            "Equal part: %(rate)s of %(budget)s, divided by %(count)s",
            rate=percent(equal),
            budget=euros(cost.budget),
            count=number_text(count),
        )
        steps.append((text, Fraction(cost.budget * equal, 1000 * count)))
    if equal < 1000 and cost.turnover:
        text = gettext(
            "Part by sales: %(rate)s of %(budget)s, times %(own)s of all sales (%(sales)s of %(whole)s)",
            rate=percent(1000 - equal),
            budget=euros(cost.budget),
            own=rate_text(rounded(Fraction(10_000 * part.turnover, cost.turnover))),
            sales=euros(part.turnover),
            whole=euros(cost.turnover),
        )
        steps.append((text, Fraction(cost.budget * (1000 - equal) * part.turnover, 1000 * cost.turnover)))
    return steps


def _of_contributions(cost: Cost, part: Carried) -> list[_Step]:
    text = gettext(
        "%(rate)s of its contributions of twelve months, divided by twelve", rate=percent(cost.key.rule["permille"])
    )
    return [(text, Fraction(part.cap or 0))]


def _of_sales(cost: Cost, part: Carried) -> list[_Step]:
    text = gettext(
        "%(rate)s of its sales of twelve months (%(sales)s), divided by twelve",
        rate=percent(cost.key.rule["permille"]),
        sales=euros(part.turnover),
    )
    return [(text, Fraction(part.cap or 0))]


def _price(cost: Cost, part: Carried) -> list[_Step]:
    return [(gettext("Price of the tier %(tier)s", tier=cost.groups()[part.host]), Fraction(part.cap or 0))]


def _levels(cost: Cost, part: Carried) -> list[_Step]:
    """Each level up to the instance's own, divided by those who need it."""
    figures, groups = groups_of(cost.key.rule), cost.groups()
    names = list(figures)
    mine = names.index(groups[part.host] or "")
    steps = []
    for number, (name, amount) in enumerate(zip(names, allocate(cost.budget, list(figures.values())), strict=True)):
        count = sum(names.index(group or "") >= number for group in groups.values())
        text = gettext(
            "Level %(level)s: %(rate)s of %(budget)s, divided by %(count)s",
            level=name,
            rate=percent(figures[name]),
            budget=euros(cost.budget),
            count=number_text(count),
        )
        if number <= mine:
            steps.append((text, Fraction(amount, count)))
    return steps


_STEPS: Mapping[Kind, Callable[[Cost, Carried], Sequence[_Step]]] = {
    Kind.EQUAL: _weighed,
    Kind.PROPORTIONAL: _weighed,
    Kind.FLOOR_CAP: _weighed,
    Kind.HYBRID: _weighed,
    Kind.CAPACITY: _of_contributions,
    Kind.FLAT: _of_sales,
    Kind.TIERS: _price,
    Kind.AIRPORT: _levels,
}


def _bounded(key: SharingKey, part: Carried, before: int) -> list[tuple[str, str]]:
    """What bounds, our own or those of others, made of that amount."""
    if abs(part.share - before) <= 1:
        return []
    if key.kind in (Kind.CAPACITY, Kind.FLAT, Kind.TIERS):
        text = gettext("All together that is more than the cost: everybody pays the same part of theirs")
        return [(text, _signed(part.share - before))]
    if part.share == part.cap:
        text = gettext(
            "At most %(rate)s of its contributions of twelve months, divided by twelve",
            rate=percent(key.rule["cap_permille"]),
        )
        return [(text, euros(part.cap))]
    if part.share == part.floor:
        return [(gettext("The least that everybody pays"), euros(part.floor))]
    text = gettext("Others pay their least or their most: what that leaves is shared again")
    return [(text, _signed(part.share - before))]


def _signed(cents: int) -> str:
    return f"−{euros(-cents)}" if cents < 0 else euros(cents)
