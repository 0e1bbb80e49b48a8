"""Random keys of sharing on random instances, and what must hold of every one of them."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from billing.commons.shares import Share, Stake, split
from billing.commons.sharing_key import Kind, SharingKey
from coopcircuits.federation.canonical import digest

PERIOD = "2026-10"


def key(kind: Kind, **rule: Any) -> SharingKey:
    """A key with this rule, voted by nobody."""
    return SharingKey("sha256:" + "0" * 64, 1, "2026-01", None, "2025-12-01", "voted", kind, rule, None, [])


KEYS: dict[Kind, SharingKey] = {
    Kind.EQUAL: key(Kind.EQUAL),
    Kind.PROPORTIONAL: key(Kind.PROPORTIONAL),
    Kind.CAPACITY: key(Kind.CAPACITY, permille=200),
    Kind.TIERS: key(Kind.TIERS, prices={"start": 10_000, "basic": 50_000, "core": 250_000}),
    Kind.FLOOR_CAP: key(Kind.FLOOR_CAP, floor=5_000, cap_permille=400),
    Kind.HYBRID: key(Kind.HYBRID, equal_permille=250, floor=5_000, cap_permille=400),
    Kind.AIRPORT: key(
        Kind.AIRPORT,
        levels=[
            {"name": "hosting", "permille": 500},
            {"name": "weekly", "permille": 300},
            {"name": "law", "permille": 200},
        ],
    ),
    Kind.FLAT: key(Kind.FLAT, permille=10),
}
_GROUPS = {Kind.TIERS: ["start", "basic", "core"], Kind.AIRPORT: ["hosting", "weekly", "law"]}


@dataclass
class Tried:
    """How many cases of each kind, how many left something uncovered, what broke, and a digest of all shares."""

    cases: Counter[Kind] = field(default_factory=Counter)
    uncovered: Counter[Kind] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    digest: str = ""


def cases(seed: int, count: int) -> Iterator[tuple[SharingKey, list[Stake], int]]:
    """Random keys, instances of very different sizes, budgets from nothing to far too much."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    for _ in range(count):
        kind = chance.choice(list(Kind))
        rule = KEYS[kind]
        if kind in (Kind.HYBRID, Kind.FLOOR_CAP):
            bounds = {"floor": chance.choice([0, 5_000, 100_000]), "cap_permille": chance.choice([0, 100, 400, 1000])}
            rule = replace(rule, rule={**rule.rule, **bounds})
        if kind is Kind.HYBRID:
            rule = replace(rule, rule={**rule.rule, "equal_permille": chance.choice([0, 250, 500, 1000])})
        stakes = [
            Stake(
                f"i{number:02d}.example.coop",
                turnover=chance.choice([0, chance.randrange(10**4), chance.randrange(10**7), chance.randrange(10**9)]),
                income=chance.choice([0, chance.randrange(10**5), chance.randrange(10**8)]),
                group=chance.choice(_GROUPS.get(kind, [""])),
            )
            for number in range(chance.randint(1, 14))
        ]
        yield rule, stakes, chance.choice([0, 1, chance.randrange(10**4), chance.randrange(10**8)])


def try_cases(*, seed: int, count: int) -> Tried:
    """Split each of ``count`` random budgets and check that the cents add up, caps hold and order does not matter."""
    tried, chance, told = Tried(), random.Random(seed), []  # noqa: S311 - repeatable, no secret
    for rule, stakes, budget in cases(seed, count):
        shares, uncovered = split(rule, stakes, budget, PERIOD)
        tried.cases[rule.kind] += 1
        tried.uncovered[rule.kind] += uncovered > 0
        told.append([uncovered, *(share.share for share in shares)])
        tried.broken += [f"{rule.kind} {budget} {stakes}: {what}" for what in _wrong(rule, shares, uncovered, budget)]
        if split(rule, chance.sample(stakes, len(stakes)), budget, PERIOD) != (shares, uncovered):
            tried.broken.append(f"{rule.kind} {budget} {stakes}: another order, another result")
    tried.digest = digest(told)
    return tried


def _wrong(rule: SharingKey, shares: Sequence[Share], uncovered: int, budget: int) -> Iterator[str]:
    if sum(share.share for share in shares) + uncovered != budget or uncovered < 0:
        yield "shares and gap do not make the budget"
    for share in shares:
        if share.share < 0 or (share.cap is not None and share.share > share.cap):
            yield f"{share.instance} pays less than nothing or more than its cap"
    # Nothing stays uncovered while somebody who counts could still pay.
    if uncovered and rule.kind is Kind.HYBRID and rule.rule["equal_permille"]:
        yield from (f"{share.instance} could still pay" for share in shares if share.share != share.cap)
