"""Documents in words: the same on paper, in the XML, on the pages and in the mail."""

from billing.invoice.completeness import Missing
from billing.invoice.models import InvoiceKind
from billing.invoice.snapshot import Snapshot
from billing.scheme.models import SchemeKind
from coopcircuits.cooperative.forms import MENTION_NAMES
from coopcircuits.document.models import MentionKind
from coopcircuits.i18n import gettext, lazy
from coopcircuits.templating import money_text, month_text, rate_text

_FIELDS = {
    ("cooperative", "name"): lazy("name of the cooperative"),
    ("cooperative", "street"): lazy("street of the cooperative"),
    ("cooperative", "postcode"): lazy("postcode of the cooperative"),
    ("cooperative", "city"): lazy("town of the cooperative"),
    ("cooperative", "legal_form"): lazy("legal form of the cooperative"),
    ("cooperative", "capital"): lazy("capital of the cooperative"),
    ("cooperative", "siret"): lazy("SIRET number of the cooperative"),
    ("cooperative", "register"): lazy("register of the cooperative"),
    ("cooperative", "vat_number"): lazy("VAT number of the cooperative"),
    ("cooperative", "iban"): lazy("IBAN of the cooperative"),
    ("shop", "name"): lazy("name of the shop"),
    ("shop", "street"): lazy("street of the shop"),
    ("shop", "postcode"): lazy("postcode of the shop"),
    ("shop", "city"): lazy("town of the shop"),
    ("shop", "siret"): lazy("SIRET number of the shop"),
}


def missing_name(item: Missing) -> str:
    """What has to be filled in: "IBAN of the cooperative"."""
    if item.whose == "law":
        return gettext("sentence of the law: %(name)s", name=str(MENTION_NAMES[MentionKind(item.field)]))
    return str(_FIELDS[item])


def what_to_do(cause: str) -> str:
    """What helps against a document that cannot be made."""
    if "No space left" in cause or "disk is full" in cause:
        return gettext("The disk of the machine is full: make room on it, then try again.")
    if cause.startswith("MemoryError"):
        return gettext("The machine had too little memory: try again when it has less to do.")
    return gettext("Try again. If it fails again, show the line below to whoever looks after the machine.")


def kind_name(kind: InvoiceKind) -> str:
    """What a document is called."""
    names = {
        InvoiceKind.INVOICE: gettext("Invoice"),
        InvoiceKind.CREDIT_NOTE: gettext("Credit note"),
        InvoiceKind.GIFT: gettext("Notice of contribution"),
    }
    return names[kind]


def title(paper: Snapshot) -> str:
    """ "Invoice F2026-0001"."""
    return f"{kind_name(InvoiceKind(paper.kind))} {paper.number}"


def item_name(paper: Snapshot) -> str:
    """What is sold, on one line."""
    month = month_text(paper.period)
    if paper.corrects:
        return gettext(
            "Credit on %(number)s, contribution for %(month)s: %(reason)s",
            number=paper.corrects.number,
            month=month,
            reason=paper.reason,
        )
    if paper.is_gift:
        return gettext("Contribution for %(month)s", month=month)
    return gettext("Services of the platform, contribution for %(month)s: %(how)s", month=month, how=how(paper))


def how(paper: Snapshot) -> str:
    """Where the amount before tax comes from: "1 % of 2,850.00 € of online turnover"."""
    source, currency = paper.source, paper.currency
    if source.scheme == SchemeKind.VOLUNTARY:
        told = gettext("amount of the shop’s choice")
    elif source.is_product:
        counted, rate = money_text(source.counted, currency), rate_text(source.rate_bp)
        if source.scheme == SchemeKind.MARGIN:
            told = gettext("%(rate)s of %(amount)s of margin", rate=rate, amount=counted)
        else:
            told = gettext("%(rate)s of %(amount)s of online turnover", rate=rate, amount=counted)
    else:
        told = gettext("%(amount)s by the terms of the cooperative", amount=money_text(source.computed, currency))
    if source.adjusted:
        adjusted = ("+" if source.adjusted > 0 else "") + money_text(source.adjusted, currency)
        told = gettext("%(told)s, adjusted by %(amount)s", told=told, amount=adjusted)
    return told
