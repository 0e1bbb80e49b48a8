"""The key of sharing: the rule by which instances share the common cost, voted by their members.

It is a signed, versioned document that names nobody as its author: the same decision has the same digest whoever signs
it. Code only interprets it; ``docs/federation.md`` describes every member.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from coopcircuits.federation import schema
from coopcircuits.federation.canonical import digest
from coopcircuits.federation.codes import is_currency
from coopcircuits.federation.index import period
from coopcircuits.federation.reasons import Refusal
from coopcircuits.federation.schema import Check, Problem, each, integer, mapping, members, text

MONTHS_A_YEAR = 12


class Kind(StrEnum):
    """How shares are drawn; see ``docs/federation.md``, "Keys"."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"
    CAPACITY = "capacity"
    TIERS = "tiers"
    FLOOR_CAP = "floor-cap"
    HYBRID = "hybrid"
    AIRPORT = "airport"
    FLAT = "flat"


_permille = integer(0, 1000)
_cents = integer(0, 10**12)
_bounds: dict[str, Check] = {"floor": _cents, "cap_permille": _permille}
_level = members({"name": schema.code, "permille": _permille})
#: What each kind needs to know beside its name; amounts are EUR cents a month.
_RULES: Mapping[Kind, Mapping[str, Check]] = {
    Kind.EQUAL: {},
    Kind.PROPORTIONAL: {},
    Kind.CAPACITY: {"permille": _permille},
    Kind.TIERS: {"prices": mapping(lambda name: not any(schema.code("", name)), _cents, at_most=20)},
    Kind.FLOOR_CAP: _bounds,
    Kind.HYBRID: {"equal_permille": _permille, **_bounds},
    Kind.AIRPORT: {"levels": each(_level, at_most=20)},
    Kind.FLAT: {"permille": _permille},
}
#: The member of an instance by which these kinds class it.
_CLASS = {Kind.TIERS: "tier", Kind.AIRPORT: "level"}

#: What we propose first; amounts are EUR cents a month.
FIRST_RULE: dict[str, Any] = {"kind": Kind.HYBRID.value, "equal_permille": 250, "floor": 5_000, "cap_permille": 400}


def _rule(path: str, value: Any) -> Iterator[Problem]:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind not in tuple(Kind):
        yield Problem(f"{path}.kind", "wrong-value", ", ".join(Kind))
    else:
        yield from members({"kind": schema.constant(kind), **_RULES[Kind(kind)]})(path, value)


_member = members(
    {"instance": schema.host, "currency": schema.matching(is_currency, "ISO 4217"), "from": period},
    {"until": period, "tier": schema.code, "level": schema.code},
)
_document = members(
    {
        "v": schema.constant(1),
        "type": schema.constant("coop-sharing-key"),
        "version": integer(1, 9999),
        "from": period,
        "decided_on": schema.day,
        "decision": text(at_most=1000),
        "currency": schema.constant("EUR"),
        "rule": _rule,
        "members": each(_member, at_most=200),
    },
    {"supersedes": schema.digest, "budget": _cents},
)


@dataclass(frozen=True)
class Member:
    """An instance that shares, from the month ``since`` until before the month ``until``."""

    instance: str
    currency: str
    since: str
    until: str | None = None
    group: str | None = None

    def shares_in(self, month: str) -> bool:
        return self.since <= month and (self.until is None or month < self.until)


@dataclass(frozen=True)
class SharingKey:
    """A key that was read and found good. ``budget`` is EUR cents a month, ``None`` for what reports say was spent."""

    digest: str
    version: int
    since: str
    supersedes: str | None
    decided_on: str
    decision: str
    kind: Kind
    rule: Mapping[str, Any]
    budget: int | None
    members: Sequence[Member]

    def members_in(self, month: str) -> list[Member]:
        """Who shares the cost of ``month`` (``YYYY-MM``), by host name."""
        return [member for member in self.members if member.shares_in(month)]

    def members_after(self, month: str) -> list[Member]:
        """Who shares from ``month`` on by what this key says, as a later one lists them: none who has left by then;
        who is to leave or to join later still does.
        """
        first = max(month, self.since)
        return [
            member if member.since > first else replace(member, since=month)
            for member in self.members
            if member.until is None or member.until > first
        ]


def check_sharing_key(payload: Any) -> list[Problem]:
    """Everything wrong with a key of sharing; empty for a good one."""
    return list(_document("", payload)) or list(_agreement(payload))


def read(payload: Any) -> SharingKey:
    """The key that a payload describes; raises :class:`Refusal`."""
    problems = check_sharing_key(payload)
    if problems:
        raise Refusal("bad-sharing-key", "; ".join(str(problem) for problem in problems[:3]))
    kind = Kind(payload["rule"]["kind"])
    return SharingKey(
        digest=digest(payload),
        version=payload["version"],
        since=payload["from"],
        supersedes=payload.get("supersedes"),
        decided_on=payload["decided_on"],
        decision=payload["decision"],
        kind=kind,
        rule=payload["rule"],
        budget=payload.get("budget"),
        members=[
            Member(
                entry["instance"],
                entry["currency"],
                entry["from"],
                entry.get("until"),
                entry.get(_CLASS[kind]) if kind in _CLASS else None,
            )
            for entry in payload["members"]
        ],
    )


def in_force(keys: Iterable[SharingKey], month: str) -> SharingKey | None:
    """The key that rules ``month``: of those that have begun, the one of the highest version."""
    begun = [key for key in keys if key.since <= month]
    return max(begun, key=lambda key: key.version, default=None)


def following(
    last: SharingKey | None,
    *,
    rule: Mapping[str, Any],
    members: Iterable[Member],
    since: str,
    decided_on: str,
    decision: str,
    budget: int | None = None,
) -> dict[str, Any]:
    """The payload of a key that comes after the latest one, or is the first; ``rule`` names its kind."""
    payload: dict[str, Any] = {
        "v": 1,
        "type": "coop-sharing-key",
        "version": 1 if last is None else last.version + 1,
        "from": since,
        "decided_on": decided_on,
        "decision": decision,
        "currency": "EUR",
        "rule": dict(rule),
        "members": [
            _entry(member, _CLASS.get(rule["kind"])) for member in sorted(members, key=lambda member: member.instance)
        ],
    }
    if last is not None:
        payload["supersedes"] = last.digest
    return payload if budget is None else payload | {"budget": budget}


def hybrid(members: Iterable[tuple[str, str]], *, since: str, decided_on: str, decision: str) -> dict[str, Any]:
    """The first key that we propose: a quarter shared equally, the rest by turnover, at least 50 EUR a month, at most
    400 per mille of the instance's own platform income. ``members`` are (host name, currency).
    """
    return following(
        None,
        rule=FIRST_RULE,
        members=[Member(host, currency, since) for host, currency in members],
        since=since,
        decided_on=decided_on,
        decision=decision,
    )


def groups_of(rule: Mapping[str, Any]) -> dict[str, int]:
    """Tiers by price, the lowest first, or levels with their per mille; empty for other kinds."""
    tiers = sorted(rule.get("prices", {}).items(), key=lambda tier: (tier[1], tier[0]))
    return dict(tiers) | {level["name"]: level["permille"] for level in rule.get("levels", [])}


def rule_with(kind: Kind, figures: Mapping[str, int], groups: Mapping[str, int]) -> dict[str, Any]:
    """A rule of this kind as the document writes it; ``groups`` as :func:`groups_of` gives them."""
    rule: dict[str, Any] = {"kind": kind.value, **figures}
    if kind is Kind.TIERS:
        rule["prices"] = dict(groups)
    if kind is Kind.AIRPORT:
        rule["levels"] = [{"name": name, "permille": permille} for name, permille in groups.items()]
    return rule


def _entry(member: Member, group: str | None) -> dict[str, str]:
    entry = {"instance": member.instance, "currency": member.currency, "from": member.since}
    if member.until is not None:
        entry["until"] = member.until
    if group is not None and member.group is not None:
        entry[group] = member.group
    return entry


def _agreement(payload: dict[str, Any]) -> Iterator[Problem]:
    """What must fit together in a key whose members are of the agreed form."""
    if ("supersedes" in payload) != (payload["version"] > 1):
        yield Problem("supersedes", "wrong-value", "a digest from version 2 on")
    hosts = [entry["instance"] for entry in payload["members"]]
    if not hosts or hosts != sorted(set(hosts)):
        yield Problem("members", "wrong-value", "each instance once, sorted")
    rule = payload["rule"]
    kind = Kind(rule["kind"])
    groups = rule["prices"].keys() if kind is Kind.TIERS else [level["name"] for level in rule.get("levels", [])]
    if kind is Kind.AIRPORT and (
        sum(level["permille"] for level in rule["levels"]) != 1000 or len(set(groups)) != len(groups)
    ):
        yield Problem("rule.levels", "does-not-add-up", "1000 per mille, each level once")
    for entry in payload["members"]:
        if "until" in entry and entry["until"] <= entry["from"]:
            yield Problem("members.until", "wrong-value", "after from")
        given = {name for name in _CLASS.values() if name in entry}
        wanted = {_CLASS[kind]} if kind in _CLASS else set()
        if given != wanted or any(entry[name] not in groups for name in wanted):
            yield Problem("members", "wrong-value", f"tier or level as the rule needs it: {entry['instance']}")
