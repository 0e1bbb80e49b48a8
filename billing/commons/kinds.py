"""The kinds of sharing keys for people: what is fair about each and what is weak, which figures it asks for, and the
rule of a key in words. Forms and pages are made from this.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing.commons.rates import EURO
from billing.commons.sharing_key import FIRST_RULE, Kind, SharingKey, groups_of
from billing.commons.words import amount_text
from coopcircuits.i18n import gettext, lazy
from coopcircuits.templating import rate_text


class Unit(StrEnum):
    """What a figure of a rule counts."""

    PERMILLE = "permille"
    CENTS = "cents"


@dataclass(frozen=True)
class Ask:
    """One figure that a rule needs: ``name`` is its member, ``first`` what is proposed where no key has it yet."""

    name: str
    label: str
    unit: Unit
    first: int = 0
    help: str = ""

    def text(self, figure: int) -> str:
        return percent(figure) if self.unit is Unit.PERMILLE else euros(figure)


@dataclass(frozen=True)
class Groups:
    """Tiers or levels: the rule gives each of them a figure, and every instance belongs to one. ``whole`` is what the
    figures must add up to, ``None`` where they are free.
    """

    heading: str
    one: str
    name: str
    figure: Ask
    help: str
    first: Mapping[str, int]
    whole: int | None = None


@dataclass(frozen=True)
class Described:
    """A kind of key: its name, what is fair about it, what is weak, its rule in words, and what it asks for."""

    name: str
    fair: str
    weak: str
    rule: Callable[[SharingKey], str]
    asks: Sequence[Ask] = ()
    groups: Groups | None = None


def rule_text(key: SharingKey) -> str:
    """A key of sharing in one or two sentences."""
    return KINDS[key.kind].rule(key)


def euros(cents: int) -> str:
    return amount_text(cents, EURO)


def percent(permille: int) -> str:
    return rate_text(permille * 10)


def _by_group(key: SharingKey) -> str:
    groups = KINDS[key.kind].groups
    figures = groups_of(key.rule).items()
    return ", ".join(f"{name} {groups.figure.text(figure)}" for name, figure in figures) if groups else ""


_BOUNDS = (
    Ask("floor", lazy("The least that everybody pays a month"), Unit.CENTS, FIRST_RULE["floor"]),
    Ask(
        "cap_permille",
        lazy("The most, of an instance’s own contributions"),
        Unit.PERMILLE,
        FIRST_RULE["cap_permille"],
        lazy("In percent of its income."),
    ),
)

KINDS: Mapping[Kind, Described] = {
    Kind.EQUAL: Described(
        lazy("Equal shares"),
        lazy("One instance, one vote, one share: nothing is simpler."),
        lazy("A small instance pays as much as a large one, which may be more than it has."),
        lambda key: gettext("All instances pay the same."),
    ),
    Kind.PROPORTIONAL: Described(
        lazy("By sales"),
        lazy("Who sells more pays more, and splitting an instance in two changes nothing."),
        lazy("To grow is to pay more, and exchange rates move everybody’s share."),
        lambda key: gettext("Each instance pays in proportion to its sales of twelve months."),
    ),
    Kind.CAPACITY: Described(
        lazy("A part of what each one earns"),
        lazy("Nobody is asked for what it does not have."),
        lazy("The parts follow income and not the cost: a gap may stay open."),
        lambda key: gettext(
            "Each instance pays %(rate)s of its contributions of twelve months, divided by twelve.",
            rate=percent(key.rule["permille"]),
        ),
        [Ask("permille", lazy("Part of its contributions that each one pays"), Unit.PERMILLE, 200)],
    ),
    Kind.TIERS: Described(
        lazy("A price for each tier"),
        lazy("Everybody knows beforehand what it will pay."),
        lazy("At the edge of a tier, selling a little more may cost a lot."),
        lambda key: gettext("Each instance pays the price of its tier: %(tiers)s.", tiers=_by_group(key)),
        groups=Groups(
            lazy("Tiers"),
            lazy("Tier %(number)s"),
            lazy("Name"),
            Ask("price", lazy("Price a month"), Unit.CENTS),
            lazy("A name in one word. Leave a line empty to do without it."),
            {"start": 10_000, "basic": 50_000, "core": 250_000},
        ),
    ),
    Kind.FLOOR_CAP: Described(
        lazy("By sales, between a least and a most"),
        lazy("Everybody pays something, and nobody is crushed."),
        lazy("Where all the mosts together are less than the cost, a gap stays open."),
        lambda key: gettext(
            "Each instance pays in proportion to its sales of twelve months, at least %(floor)s a month, and never "
            "more than %(rate)s of its contributions.",
            floor=euros(key.rule["floor"]),
            rate=percent(key.rule["cap_permille"]),
        ),
        _BOUNDS,
    ),
    Kind.HYBRID: Described(
        lazy("A part equal, the rest by sales"),
        lazy("What is there for all is shared equally, what grows with use by sales, between a least and a most."),
        lazy("How large the equal part is follows from nothing: it has to be voted."),
        lambda key: gettext(
            "%(equal)s of the cost is shared equally, the rest in proportion to sales of twelve months. Each instance "
            "pays at least %(floor)s a month, and never more than %(rate)s of its contributions.",
            equal=percent(key.rule["equal_permille"]),
            floor=euros(key.rule["floor"]),
            rate=percent(key.rule["cap_permille"]),
        ),
        (
            Ask(
                "equal_permille",
                lazy("Part that all pay equally"),
                Unit.PERMILLE,
                FIRST_RULE["equal_permille"],
                lazy("In percent; the rest is shared in proportion to sales."),
            ),
            *_BOUNDS,
        ),
    ),
    Kind.AIRPORT: Described(
        lazy("By level of service"),
        lazy("Each level is paid only by those who need it: nobody pays for the needs of others."),
        lazy("What each level costs has to be agreed first."),
        lambda key: gettext(
            "Each level of service is paid equally by the instances that need it or a higher one: %(levels)s of the "
            "cost.",
            levels=_by_group(key),
        ),
        groups=Groups(
            lazy("Levels of service"),
            lazy("Level %(number)s"),
            lazy("Name"),
            Ask("part", lazy("Part of the cost"), Unit.PERMILLE),
            lazy(
                "From what everybody needs to what few need; together the parts are the whole cost. An instance pays "
                "for its level and for those before it. Leave a line empty to do without it."
            ),
            {"hosting": 500, "weekly": 300, "law": 200},
            whole=1000,
        ),
    ),
    Kind.FLAT: Described(
        lazy("The same percentage of sales"),
        lazy("Each one gives as it can, at a rate that all know."),
        lazy("What comes together follows sales and not the cost: a gap may stay open."),
        lambda key: gettext(
            "Each instance pays %(rate)s of its sales of twelve months, divided by twelve.",
            rate=percent(key.rule["permille"]),
        ),
        [Ask("permille", lazy("Part of its sales that each one pays"), Unit.PERMILLE, 10)],
    ),
}
