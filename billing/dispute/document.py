"""Documents of a dispute: a claim about a figure of a sister's report, and what is said to it.

Each is signed and never changed; what they come to together is read from the set of them, in whatever order they came.
``docs/federation.md`` describes every member.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coopcircuits.federation import schema
from coopcircuits.federation.index import period
from coopcircuits.federation.schema import Check, Problem, each, hidden, integer, members, one_of, text


class Act(StrEnum):
    CLAIM = "claim"
    ANSWER = "answer"
    VERDICT = "verdict"
    WITHDRAWAL = "withdrawal"


class Verdict(StrEnum):
    UPHELD = "upheld"
    REJECTED = "rejected"


class State(StrEnum):
    """What the documents come to."""

    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def is_settled(self) -> bool:
        return self not in (State.OPEN, State.ANSWERED)


#: Members of a report whose figures may be contested.
_CONTESTABLE = (
    "turnover",
    "shops",
    "orders",
    "shoppers",
    "contributions",
    "income_12m",
    "costs",
    "paid_to_common",
    "received_from_common",
    "balance",
    "availability",
)
_MONEY = re.compile(r"(turnover|contributions)\..+|income_12m|.+\.(amount|cash_end)", re.ASCII)
_FIELD = re.compile(r"[a-z0-9_]+(\[\d{1,3}\])?(\.[a-z0-9_]+)*", re.ASCII)

_common: dict[str, Check] = {
    "v": schema.constant(1),
    "type": schema.constant("coop-dispute"),
    "instance": schema.host,
    "issued_at": schema.moment,
    "reason": text(at_most=1000),
    "evidence": each(members({"ref": text()}, {"digest": schema.digest}), at_most=20),
}
_forms: Mapping[Act, Mapping[str, Check]] = {
    Act.CLAIM: {
        "concerns": schema.host,
        "report": schema.digest,
        "period": period,
        "field": schema.matching(lambda value: len(value) <= 100 and _FIELD.fullmatch(value), "path of a figure"),
        "claimed": hidden(integer()),
    },
    Act.ANSWER: {"dispute": schema.digest},
    Act.VERDICT: {"dispute": schema.digest, "outcome": one_of(*Verdict)},
    Act.WITHDRAWAL: {"dispute": schema.digest},
}


def check_dispute(payload: Any) -> list[Problem]:
    """Everything wrong with a document taken by itself; empty for a good one."""
    act = payload.get("act") if isinstance(payload, dict) else None
    if act not in tuple(Act):
        return [Problem("act", "wrong-value", ", ".join(Act))]
    problems = list(members({**_common, "act": schema.constant(act), **_forms[Act(act)]})("", payload))
    if not problems and act == Act.CLAIM and payload["concerns"] == payload["instance"]:
        problems.append(Problem("concerns", "wrong-value", "another instance"))
    return problems


@dataclass(frozen=True)
class Said:
    """One document as the state depends on it."""

    act: Act
    instance: str
    verdict: Verdict | None = None


def said_by(payload: dict[str, Any]) -> Said:
    """A document of the agreed form as the state depends on it."""
    verdict = Verdict(payload["outcome"]) if "outcome" in payload else None
    return Said(Act(payload["act"]), payload["instance"], verdict)


def may_say(said: Said, *, claimant: str, issuer: str) -> bool:
    """Whether this is theirs to say: the issuer answers or admits, the claimant withdraws, all others judge."""
    if said.act is Act.VERDICT:
        return said.instance != claimant and (said.instance != issuer or said.verdict is Verdict.UPHELD)
    return said.instance == {Act.ANSWER: issuer}.get(said.act, claimant)


def state_of(said: Iterable[Said], *, claimant: str, issuer: str, sharing: Collection[str]) -> State:
    """What the documents come to, whatever their order. ``sharing``: host names that share the cost of the month.

    The issuer's own "upheld" settles it; else the verdict of more than half of the other members, of whom one that
    gave both counts for none; else the claimant's withdrawal.
    """
    all_said = list(said)
    verdicts: dict[str, set[Verdict]] = {}
    for one in all_said:
        if one.verdict is not None:
            verdicts.setdefault(one.instance, set()).add(one.verdict)
    if issuer in verdicts:
        return State.UPHELD
    voters = set(sharing) - {claimant, issuer}
    for verdict in Verdict:
        if 2 * sum(verdicts.get(voter) == {verdict} for voter in voters) > len(voters):
            return State(verdict.value)
    acts = {one.act for one in all_said}
    if Act.WITHDRAWAL in acts:
        return State.WITHDRAWN
    return State.ANSWERED if Act.ANSWER in acts else State.OPEN


def figures(report: dict[str, Any]) -> dict[str, int | None]:
    """Every figure of a report that may be contested, by its path; ``None`` for one that is hidden."""
    found: dict[str, int | None] = {}
    for name in _CONTESTABLE:
        for path, value in _walk(name, report.get(name, {})):
            found[path] = value
    return found


def is_money(path: str) -> bool:
    """Whether the figure at ``path`` is an amount in the currency of its report."""
    return _MONEY.fullmatch(path) is not None


def _walk(path: str, value: Any) -> Iterator[tuple[str, int | None]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(f"{path}.{name}", inner)
    elif isinstance(value, list):
        if "." not in path:  # receipts are evidence of a cost, not figures of their own
            for place, inner in enumerate(value):
                yield from _walk(f"{path}[{place}]", inner)
    elif value is None or type(value) is int:
        yield path, value
