"""A month's allocation for people: who pays what, how it was computed, what is not covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from billing.allocation import queries
from billing.allocation.agreement import Agreement, agreement
from billing.allocation.arithmetic import Cost, arithmetic
from billing.commons import sharing_key
from billing.commons.beside import Beside, Line
from billing.commons.kinds import rule_text
from billing.commons.rates import Rate, RateMissing, to_euro_cents
from billing.commons.sharing_key import SharingKey
from billing.commons.words import common_cost


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
        return arithmetic(Cost(self.key, self.period, self.budget, sum(one.turnover for one in self.parts)), part)


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
