"""Disputes in words."""

import re
from collections.abc import Mapping
from typing import Any

from billing.commons.cells import CONTRIBUTIONS
from billing.commons.words import amount_text, category_text, cell_name, measure_name
from billing.dispute.document import Act, State, Verdict, is_money
from coopcircuits.i18n import gettext
from coopcircuits.templating import number_text

_PLACE = re.compile(r"(\w+)\[(\d+)\]\.(\w+)", re.ASCII)


def field_text(path: str, report: Mapping[str, Any]) -> str:
    """What a figure of a report is called; the path itself for one that has no name of its own."""
    if found := _PLACE.fullmatch(path):
        return _placed(report, found[1], int(found[2]), found[3])
    group, _dot, measure = path.rpartition(".")
    if group in {f"contributions.{kind}" for kind in CONTRIBUTIONS}:
        return f"{cell_name(group)}, {measure_name(measure)}"
    try:
        return cell_name(path)
    except KeyError:
        return _named().get(path, path)


def figure_text(figure: int | None, path: str, currency: str) -> str:
    """A figure with its currency if it is an amount."""
    if figure is None:
        return gettext("unknown")
    return amount_text(figure, currency) if is_money(path) else number_text(figure)


def state_text(state: State) -> tuple[str, str]:
    """A state in a word, and its tone."""
    return {
        State.OPEN: (gettext("Waits for an answer"), "warning"),
        State.ANSWERED: (gettext("Answered"), "info"),
        State.UPHELD: (gettext("Upheld"), "danger"),
        State.REJECTED: (gettext("Rejected"), "quiet"),
        State.WITHDRAWN: (gettext("Withdrawn"), "quiet"),
    }[state]


def said_text(act: Act, verdict: Verdict | None, *, by_issuer: bool) -> str:
    """What one document does."""
    if verdict is Verdict.UPHELD:
        return gettext("admits the mistake") if by_issuer else gettext("finds the dispute justified")
    if verdict is Verdict.REJECTED:
        return gettext("finds the dispute unjustified")
    return {
        Act.CLAIM: gettext("contests the figure"),
        Act.ANSWER: gettext("answers"),
        Act.WITHDRAWAL: gettext("withdraws the dispute"),
    }[act]


def _placed(report: Mapping[str, Any], name: str, place: int, leaf: str) -> str:
    """An entry of a list by what it is; its number where the report is not at hand."""
    entries = report.get(name, [])
    entry = entries[place] if place < len(entries) else {}
    if name != "costs":
        text = gettext("Paid to %(host)s") if name == "paid_to_common" else gettext("Received from %(host)s")
        return text % {"host": entry.get("counterpart", f"no. {place + 1}")}
    what = category_text(entry["category"]) if entry else gettext("Cost no. %(place)s", place=place + 1)
    if leaf == "minutes":
        return gettext("%(what)s, minutes given", what=what)
    if not entry:
        return what
    if entry["kind"] == "in_kind":
        return gettext("%(what)s, value of the work given", what=what)
    if entry["scope"] == "common":
        return gettext("%(what)s, paid for the common software", what=what)
    return gettext("%(what)s, paid for this instance", what=what)


def _named() -> dict[str, str]:
    return {
        "shops.registered": gettext("Registered shops"),
        "shops.active": gettext("Shops that sold"),
        "orders.completed": gettext("Completed orders"),
        "orders.cancelled": gettext("Orders cancelled"),
        "shoppers.distinct": gettext("Shoppers"),
        "balance.cash_end": gettext("Cash at the end of the month"),
        "balance.runway_months_tenths": gettext("Runway, in tenths of a month"),
        "availability.probes": gettext("Availability, probes"),
        "availability.down_seconds": gettext("Availability, seconds down"),
        "availability.incidents": gettext("Availability, incidents"),
        "availability.incident_minutes": gettext("Availability, minutes of incidents"),
    }
