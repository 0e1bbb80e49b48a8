"""A report's figures in words: what is hidden is said, with its reason."""

from typing import Any

from billing.commons.cells import CONTRIBUTIONS
from billing.commons.draft import Waiting
from billing.commons.report import cell
from billing.commons.suppression import Hidden
from coopcircuits import i18n
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text


def figure_text(payload: dict[str, Any], name: str) -> str:
    """The amount at a dotted path with its currency; its band or "not published" where it is hidden."""
    amount = cell(payload, name)
    if amount is not None:
        return money_text(amount, payload["currency"])
    for band in payload.get("bands", []):
        if band["field"] == name:
            return _between(band["from"], band["to"], payload["currency"])
    return gettext("Not published")


def _between(low: int, high: int, currency: str) -> str:
    if not low:
        return gettext("Less than %(high)s", high=money_text(high, currency))
    return gettext("%(low)s to %(high)s", low=money_text(low, currency), high=money_text(high, currency))


def invoiced_text(payload: dict[str, Any]) -> str:
    """Contributions invoiced in the month, of all kinds; says so where a part of them is hidden."""
    parts = [cell(payload, f"contributions.{kind}.invoiced") for kind in CONTRIBUTIONS]
    known = sum(part for part in parts if part is not None)
    if None not in parts:
        return money_text(known, payload["currency"])
    if not known:
        return gettext("Not published")
    return gettext("%(amount)s and a part not published", amount=money_text(known, payload["currency"]))


def common_cost(payload: dict[str, Any], kind: str) -> int:
    """What was spent (``cash``) or given as work (``in_kind``) for the common software, in minor units."""
    return sum(int(cost["amount"]) for cost in payload["costs"] if cost["scope"] == "common" and cost["kind"] == kind)


def reason_text(reason: str) -> str:
    """Why a figure is hidden."""
    return {
        Hidden.FEW: gettext("fewer than five shops make this figure"),
        Hidden.DOMINATED: gettext("one or two shops make almost all of this figure"),
        Hidden.COMPLEMENTARY: gettext("it would let a hidden figure be worked out"),
    }[Hidden(reason)]


def waiting_text(waiting: Waiting) -> str:
    """Why a report is provisional."""
    return {
        Waiting.MONTH_UNDER_WAY: gettext("The month is not over."),
        Waiting.STATEMENTS_OPEN: gettext("The statements of the month are not closed yet."),
    }[waiting]


def cell_name(name: str) -> str:
    """What a suppressible figure is called."""
    return {
        "turnover.gross": gettext("Sales, tax included"),
        "turnover.refunds": gettext("Refunds and cancellations"),
        "turnover.tax": gettext("Tax in the sales"),
        "turnover.deposits": gettext("Deposits"),
        "turnover.net_ex_tax": gettext("Sales before tax"),
        "turnover.by_scheme.percent": gettext("Sales of shops that pay a percentage"),
        "turnover.by_scheme.voluntary": gettext("Sales of shops that give an amount of their choice"),
        "turnover.by_scheme.exempt": gettext("Sales of exempt shops"),
        "contributions.percent": gettext("Contributions in percent"),
        "contributions.voluntary": gettext("Voluntary contributions"),
        "contributions.other": gettext("Other contributions"),
        "income_12m": gettext("Contributions of the last twelve months"),
    }[name]


def measure_name(measure: str) -> str:
    """A column of the contributions."""
    return {
        "invoiced": gettext("invoiced"),
        "credited": gettext("credited"),
        "collected": gettext("collected"),
        "overdue": gettext("overdue"),
    }[measure]


def hidden_name(name: str) -> str:
    """A figure named in ``suppression``, in words."""
    group, _dot, measure = name.rpartition(".")
    if group.startswith("contributions."):
        return f"{cell_name(group)}, {measure_name(measure)}"
    return cell_name(name)


def category_text(category: str) -> str:
    """A category of costs."""
    return {
        "hosting": gettext("Hosting"),
        "payment_fees": gettext("Payment fees"),
        "support": gettext("Support"),
        "development": gettext("Development"),
        "product": gettext("Product design"),
        "testing": gettext("Testing"),
        "design": gettext("Drawing and design"),
        "translation": gettext("Translation"),
        "security": gettext("Security"),
        "coordination": gettext("Coordination"),
        "legal": gettext("Legal"),
        "tools": gettext("Tools"),
        "travel": gettext("Travel"),
        "other": gettext("Other"),
    }[category]


def country_text(code: str) -> str:
    """A country's name in the reader's language; its code where it has none."""
    return str(i18n.locale().territories.get(code, code))


def short_digest(digest: str) -> str:
    """The first eight digits of a digest, enough to compare two pages by eye."""
    return digest.removeprefix("sha256:")[:8]
