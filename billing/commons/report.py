"""The monthly cost report of an instance: its fields and the sums that must hold in it.

Amounts are integers in minor units of the report's currency; ``null`` stands for a suppressed figure, which
``suppression`` names. ``docs/federation.md`` describes every field.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from billing.commons.cells import (
    BANDED_CELLS,
    CONTRIBUTIONS,
    MEASURES,
    NET,
    SALES_CELLS,
    SCHEME_CELLS,
    SCHEMES,
    SUPPRESSIBLE,
)
from billing.commons.disclosure import Disclosure, disclose, hides_income
from billing.commons.figures import Cost, Figures
from billing.commons.suppression import Hidden, is_band
from coopcircuits import money
from coopcircuits.federation import schema
from coopcircuits.federation.codes import is_currency, is_zone
from coopcircuits.federation.index import STATES, period, revision
from coopcircuits.federation.moments import format_moment, parse_moment
from coopcircuits.federation.schema import Check, Problem, each, hidden, integer, members, one_of, text
from coopcircuits.federation.verify import PayloadRules

#: What ``income_12m`` counts: contributions invoiced less credited, ex tax, over twelve months.
BASE_DEFINITION = "contributions-net-12m/1"
CATEGORIES = (
    "hosting",
    "payment_fees",
    "support",
    "development",
    "product",
    "testing",
    "design",
    "translation",
    "security",
    "coordination",
    "legal",
    "tools",
    "travel",
    "other",
)

_amount = integer()
_count = integer(0)
_shown_or_hidden = hidden(_amount)


def _shoppers(path: str, value: Any) -> Iterator[Problem]:
    """A count of people under ten is never given, so that nobody is recognised in it; none at all is no secret."""
    if value != "<10":
        yield from _count(path, value)
        if type(value) is int and 0 < value < 10:
            yield Problem(path, "out-of-range", "<10")


def _cost(path: str, value: Any) -> Iterator[Problem]:
    yield from _cost_members(path, value)
    if isinstance(value, dict):
        for name in ("minutes", "rate_ref"):
            if (value.get("kind") == "in_kind") != (name in value):
                yield Problem(f"{path}.{name}", "missing-member" if name not in value else "unknown-member", "in_kind")


_receipt = members(
    {
        "digest": schema.digest,
        "ref": text(),
        "date": schema.day,
        "amount_ex_tax": _amount,
        "tax": _amount,
    }
)
_cost_members = members(
    {
        "category": one_of(*CATEGORIES),
        "scope": one_of("local", "common"),
        "kind": one_of("cash", "in_kind"),
        "amount": _amount,
        "receipts": each(_receipt, at_most=200),
    },
    {"minutes": _count, "rate_ref": text()},
)
_settlements = each(members({"counterpart": schema.host, "amount": _count}), at_most=200)
_contribution = members(dict.fromkeys(MEASURES, _shown_or_hidden))

REQUIRED: dict[str, Check] = {
    "v": schema.constant(1),
    "type": schema.constant("coop-report"),
    "instance": schema.host,
    "period": period,
    "period_start": schema.moment,
    "period_end": schema.moment,
    "zone": schema.matching(is_zone, "IANA time zone"),
    "revision": revision,
    "prev": schema.digest,
    "issued_at": schema.moment,
    "state": one_of(*STATES),
    "currency": schema.matching(is_currency, "ISO 4217"),
    "exponent": integer(0, 4),
    "turnover": members(
        {
            **dict.fromkeys(("gross", "refunds"), hidden(_count)),
            **dict.fromkeys(("tax", "deposits", "net_ex_tax"), _shown_or_hidden),
            "by_scheme": members(dict.fromkeys(SCHEMES, _shown_or_hidden)),
        }
    ),
    "shops": members({"registered": _count, "active": _count}),
    "orders": members({"completed": _count, "cancelled": _count}),
    "shoppers": members({"distinct": _shoppers}),
    "contributions": members(dict.fromkeys(CONTRIBUTIONS, _contribution)),
    "income_12m": _shown_or_hidden,
    "base_definition": schema.code,
    "costs": each(_cost, at_most=500),
    "paid_to_common": _settlements,
    "received_from_common": _settlements,
    "availability": members(
        {
            **dict.fromkeys(("probes", "down_seconds", "incidents", "incident_minutes"), _count),
            "method": schema.code,
        }
    ),
    "software": members(
        {"name": text(), "version": text(), "commit": text(at_least=0, at_most=64), "schema": text(at_least=0)}
    ),
    "suppression": each(
        members({"field": one_of(*SUPPRESSIBLE), "reason": one_of(*Hidden)}), at_most=len(SUPPRESSIBLE)
    ),
}
OPTIONAL: dict[str, Check] = {
    "supersedes": schema.digest,
    "reason": text(at_most=1000),
    "bands": each(members({"field": one_of(*BANDED_CELLS), "from": _count, "to": _count}), at_most=len(BANDED_CELLS)),
    "balance": members({}, {"cash_end": _amount, "runway_months_tenths": _count}),
    "ext": schema.anything,
}
_report = members(REQUIRED, OPTIONAL)


def check_schema(payload: Any) -> list[Problem]:
    """What is wrong with the fields of a payload: unknown, missing, of a wrong type or outside their lists."""
    return list(_report("", payload))


def check_arithmetic(payload: dict[str, Any]) -> list[Problem]:
    """What does not add up in a payload that has the agreed fields."""
    return [
        *_sums(payload),
        *_suppressed(payload),
        *_bands(payload),
        *_counts(payload),
        *_hours(payload),
        *_currency(payload),
    ]


def validate(payload: Any) -> list[Problem]:
    """Everything wrong with a payload; empty for a good one. Sums are only tried on agreed fields."""
    return check_schema(payload) or check_arithmetic(payload)


REPORT_RULES = PayloadRules(schema=check_schema, arithmetic=check_arithmetic)


def build(figures: Figures) -> dict[str, Any]:
    """The payload to sign. Figures that no honest report can hold are a :class:`ValueError`."""
    if [figures.supersedes is None, figures.reason is None] != [figures.revision == 1] * 2:
        raise ValueError("a revision, and only a revision, names what it supersedes and why")
    unit = 10 ** money.exponent(figures.currency)
    disclosed = disclose(figures, unit)
    payload = {
        "v": 1,
        "type": "coop-report",
        "instance": figures.instance,
        "period": str(figures.month),
        "period_start": format_moment(figures.month.starts_at(figures.zone)),
        "period_end": format_moment(figures.month.ends_at(figures.zone)),
        "zone": figures.zone,
        "revision": figures.revision,
        "prev": figures.prev,
        "issued_at": format_moment(figures.issued_at),
        "state": figures.state,
        "currency": figures.currency,
        "exponent": money.exponent(figures.currency),
        **_nested(disclosed.cells),
        "shops": {"registered": figures.registered_shops, "active": figures.active_shops},
        "orders": {"completed": figures.orders_completed, "cancelled": figures.orders_cancelled},
        "shoppers": {"distinct": "<10" if 0 < figures.shoppers < 10 else figures.shoppers},
        "base_definition": BASE_DEFINITION,
        "costs": [_cost_entry(cost) for cost in figures.costs],
        "paid_to_common": [asdict(settlement) for settlement in figures.paid_to_common],
        "received_from_common": [asdict(settlement) for settlement in figures.received_from_common],
        "availability": asdict(figures.availability),
        "software": asdict(figures.software),
        "suppression": [{"field": name, "reason": reason.value} for name, reason in disclosed.hidden.items()],
        **_optional(figures, disclosed),
    }
    problems = validate(payload)
    if problems:
        raise ValueError("; ".join(str(problem) for problem in problems))
    return payload


def cell(payload: dict[str, Any], name: str) -> int | None:
    """The figure at a dotted path, ``None`` if suppressed."""
    value: Any = payload
    for part in name.split("."):
        value = value[part]
    return None if value is None else int(value)


def _sums(payload: dict[str, Any]) -> Iterator[Problem]:
    net = cell(payload, NET)
    sales = [cell(payload, name) for name in SALES_CELLS]
    by_scheme = [cell(payload, name) for name in SCHEME_CELLS]
    if net is None:
        return  # the sums are hidden with their total
    if None not in sales:
        gross, *taken = [figure for figure in sales if figure is not None]
        if net != gross - sum(taken):
            yield Problem(NET, "does-not-add-up", "gross - refunds - tax - deposits")
    if None not in by_scheme and sum(figure for figure in by_scheme if figure is not None) != net:
        yield Problem("turnover.by_scheme", "does-not-add-up", "net_ex_tax")


def _suppressed(payload: dict[str, Any]) -> Iterator[Problem]:
    named = [entry["field"] for entry in payload["suppression"]]
    if len(set(named)) != len(named):
        yield Problem("suppression", "named-twice")
    for name in SUPPRESSIBLE:
        if (cell(payload, name) is None) != (name in named):
            yield Problem(name, "suppression-mismatch", "null exactly where suppression names the field")


def _bands(payload: dict[str, Any]) -> Iterator[Problem]:
    bands = payload.get("bands", [])
    unit = 10 ** payload["exponent"]
    for entry in bands:
        if not is_band(entry["from"], entry["to"], unit):
            yield Problem("bands", "wrong-value", "a band of the ladder")
    missing = [name for name in BANDED_CELLS if cell(payload, name) is None]
    if sorted(entry["field"] for entry in bands) != sorted(missing):
        yield Problem("bands", "suppression-mismatch", "one band for each hidden total")


def _counts(payload: dict[str, Any]) -> Iterator[Problem]:
    shops, completed = payload["shops"], payload["orders"]["completed"]
    if shops["active"] > shops["registered"]:
        yield Problem("shops.active", "does-not-add-up", "at most shops.registered")
    if shops["active"] > completed:
        yield Problem("shops.active", "does-not-add-up", "each with at least one completed order")


def _hours(payload: dict[str, Any]) -> Iterator[Problem]:
    """Durations fit into the real length of the month: 743 to 745 hours around a change of clocks."""
    length = int((parse_moment(payload["period_end"]) - parse_moment(payload["period_start"])).total_seconds())
    measured = payload["availability"]
    for name, seconds_each in (("probes", 1), ("down_seconds", 1), ("incident_minutes", 60)):
        if measured[name] * seconds_each > length:
            yield Problem(f"availability.{name}", "does-not-add-up", f"fits into {length} seconds")
    if measured["incident_minutes"] and not measured["incidents"]:
        yield Problem("availability.incident_minutes", "does-not-add-up", "no minutes without an incident")


def _currency(payload: dict[str, Any]) -> Iterator[Problem]:
    if payload["exponent"] != money.exponent(payload["currency"]):
        yield Problem("exponent", "wrong-value", str(money.exponent(payload["currency"])))


def _nested(cells: Mapping[str, int | None]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, figure in cells.items():
        *parents, leaf = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[leaf] = figure
    return tree


def _optional(figures: Figures, disclosed: Disclosure) -> dict[str, Any]:
    """Members that stand in a payload only where they say something."""
    balance = {"cash_end": figures.cash_end, "runway_months_tenths": figures.runway_months_tenths}
    if hides_income(disclosed.hidden):
        balance = {}
    given = {
        "supersedes": figures.supersedes,
        "reason": figures.reason,
        "bands": [{"field": name, "from": low, "to": high} for name, (low, high) in disclosed.bands.items()],
        "balance": {name: value for name, value in balance.items() if value is not None},
        "ext": dict(figures.ext),
    }
    return {name: value for name, value in given.items() if value}


def _cost_entry(cost: Cost) -> dict[str, Any]:
    entry = {name: value for name, value in asdict(cost).items() if value is not None}
    entry["receipts"] = [asdict(receipt) | {"date": receipt.date.isoformat()} for receipt in cost.receipts]
    return entry
