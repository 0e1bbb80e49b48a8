"""A report's figures in words: what is hidden is said, with its reason."""

import re
from typing import Any

from babel.dates import get_timezone_location

from billing.commons.cells import CONTRIBUTIONS
from billing.commons.draft import Waiting
from billing.commons.report import cell
from billing.commons.suppression import Hidden
from coopcircuits import i18n, money
from coopcircuits.i18n import gettext
from coopcircuits.templating import money_text


def amount_text(amount: int, currency: str) -> str:
    """An amount, without decimals where they are zero: most published figures are whole."""
    whole = amount % 10 ** money.exponent(currency) == 0
    return re.sub(r"[.,]0+(?=\D*$)", "", money_text(amount, currency)) if whole else money_text(amount, currency)


def figure_text(payload: dict[str, Any], name: str) -> str:
    """The amount at a dotted path with its currency; its band or "not published" where it is hidden."""
    amount = cell(payload, name)
    if amount is not None:
        return amount_text(amount, payload["currency"])
    for band in payload.get("bands", []):
        if band["field"] == name:
            return _between(band["from"], band["to"], payload["currency"])
    return gettext("Not published")


def _between(low: int, high: int, currency: str) -> str:
    if not low:
        return gettext("Less than %(high)s", high=amount_text(high, currency))
    return gettext("%(low)s to %(high)s", low=amount_text(low, currency), high=amount_text(high, currency))


def invoiced_text(payload: dict[str, Any]) -> str:
    """Contributions invoiced in the month, of all kinds; the least they are where a part of them is hidden."""
    parts = [cell(payload, f"contributions.{kind}.invoiced") for kind in CONTRIBUTIONS]
    known = sum(part for part in parts if part is not None)
    if None not in parts:
        return amount_text(known, payload["currency"])
    if not known:
        return gettext("Not published")
    return gettext("at least %(amount)s", amount=amount_text(known, payload["currency"]))


def common_cost(payload: dict[str, Any], kind: str) -> int:
    """What was spent (``cash``) or given as work (``in_kind``) for the common software, in minor units."""
    return sum(int(cost["amount"]) for cost in payload["costs"] if cost["scope"] == "common" and cost["kind"] == kind)


def hidden_by_reason(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Why figures are hidden, and which, in words."""
    reasons = {
        Hidden.FEW: gettext("Fewer than five shops make these figures"),
        Hidden.DOMINATED: gettext("One or two shops make almost all of these figures"),
        Hidden.COMPLEMENTARY: gettext("They would let a hidden figure be worked out"),
    }
    told = []
    for reason, sentence in reasons.items():
        names = [entry["field"] for entry in payload["suppression"] if entry["reason"] == reason]
        if names:
            told.append((sentence, ", ".join(_hidden_names(names))))
    return told


def _hidden_names(fields: list[str]) -> list[str]:
    """Names of hidden figures; the measures of one kind of contribution come together."""
    names = [_inside(cell_name(field)) for field in fields if not field.startswith("contributions.")]
    measures: dict[str, list[str]] = {}
    for field in fields:
        group, _dot, measure = field.rpartition(".")
        if group.startswith("contributions."):
            measures.setdefault(group, []).append(measure_name(measure))
    return names + [f"{_inside(cell_name(group))} ({', '.join(found)})" for group, found in measures.items()]


def _inside(name: str) -> str:
    """A name in the middle of a sentence; abbreviations keep their capitals."""
    return name if name[1:2].isupper() else name[0].lower() + name[1:]


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


def language_text(tag: str) -> str:
    """The name of a language in the reader's; its tag where it has none."""
    names = i18n.locale().languages
    language, *more = tag.split("-")
    whole = names.get("_".join([language, *more]))
    if whole is None and more:
        return f"{language_text(language)} ({country_text(more[-1])})"
    return str(whole or tag)


def zone_text(zone: str) -> str:
    """The place that a time zone is named after, in the reader's language."""
    return str(get_timezone_location(zone, locale=i18n.locale(), return_city=True)).rpartition("/")[2]


def short_digest(digest: str) -> str:
    """The first eight digits of a digest, enough to compare two pages by eye."""
    return digest.removeprefix("sha256:")[:8]
