"""A document on paper: the PDF with its XML inside."""

import logging
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from billing.invoice.electronic import xml_of
from billing.invoice.errors import DocumentNotWritten
from billing.invoice.models import InvoiceKind
from billing.invoice.snapshot import Party, Snapshot
from billing.invoice.words import how, item_name, kind_name, title
from billing.scheme.models import SchemeKind
from coopcircuits import i18n
from coopcircuits.cooperative.countries import country_choices
from coopcircuits.document import facturx
from coopcircuits.document.pdf import typeset
from coopcircuits.i18n import gettext
from coopcircuits.money import to_decimal
from coopcircuits.templating import money_text, month_text, rate_text, short_date

log = logging.getLogger(__name__)

_TEMPLATE = Path(__file__).with_name("invoice.typ")


def document(paper: Snapshot, *, created: datetime) -> bytes:
    """The file to send and to keep, in the document's own language; raises :class:`DocumentNotWritten`."""
    try:
        with i18n.speaking(paper.language):
            pdf = typeset(_TEMPLATE, _data(paper), created=created)
            if paper.is_gift:
                return pdf
            return facturx.embed(
                pdf,
                xml_of(paper),
                title=title(paper),
                author=paper.seller.name,
                subject=item_name(paper),
                language=paper.language,
            )
    except Exception as failure:  # the library of Factur-X raises bare ones, and others must not wait for this document
        log.exception("%s could not be written", paper.number)
        raise DocumentNotWritten(cause=_one_line(failure)) from failure


def _one_line(failure: Exception) -> str:
    """ "OSError: [Errno 28] No space left on device"."""
    return " ".join(f"{type(failure).__name__}: {failure}".split()).rstrip(": ")[:500]


def _data(paper: Snapshot) -> dict[str, Any]:
    currency, month = paper.currency, month_text(paper.period)
    return {
        "language": paper.language,
        "title": title(paper),
        "kind": kind_name(InvoiceKind(paper.kind)),
        "number": paper.number,
        "issued": gettext("of %(day)s", day=short_date(date.fromisoformat(paper.issued_on))),
        "seller": _address(paper.seller),
        "seller_legal": _legal(paper.seller, currency),
        "buyer": _address(paper.buyer),
        "buyer_legal": _legal(paper.buyer, currency),
        "headline": _headline(paper, month),
        "formula": _formula(paper),
        "columns": [
            gettext("Item"),
            gettext("Quantity"),
            gettext("Unit price before tax"),
            gettext("VAT rate"),
            gettext("Before tax"),
        ],
        "line": [
            item_name(paper),
            "1",
            money_text(paper.net, currency),
            rate_text(paper.rate_bp) if paper.rate_bp else "–",
            money_text(paper.net, currency),
        ],
        "sums": _sums(paper),
        "payment": _payment(paper),
        "mentions": list(paper.mentions.values()),
        "page": gettext("Page"),
    }


def _headline(paper: Snapshot, month: str) -> str:
    if paper.corrects:
        return gettext("Credit on %(number)s", number=paper.corrects.number)
    return gettext("Your contribution for %(month)s", month=month)


def _formula(paper: Snapshot) -> list[dict[str, str]]:
    """The way to the total as boxes: the sign before it, the figure, what it is."""
    currency = paper.currency

    def box(sign: str, figure: str, label: str) -> dict[str, str]:
        return {"sign": sign, "figure": figure, "label": label}

    if paper.corrects:
        boxes = [box("", money_text(paper.net, currency), gettext("credited, before tax"))]
    elif paper.source.is_product and not paper.source.adjusted:
        counted = gettext("margin") if paper.source.scheme == SchemeKind.MARGIN else gettext("online turnover, no tax")
        boxes = [
            box("", money_text(paper.source.counted, currency), counted),
            box("×", rate_text(paper.source.rate_bp), gettext("contribution")),
            box("=", money_text(paper.net, currency), gettext("before tax")),
        ]
    else:
        boxes = [box("", money_text(paper.net, currency), how(paper))]
    if paper.is_gift:
        boxes = []
    if paper.rate_bp:
        boxes.append(box("+", money_text(paper.tax, currency), gettext("VAT %(rate)s", rate=rate_text(paper.rate_bp))))
    said = gettext("taken off") if paper.corrects else gettext("to give") if paper.is_gift else gettext("to pay")
    boxes.append(box("=" if boxes else "", money_text(paper.total, currency), said))
    return boxes


def _sums(paper: Snapshot) -> list[list[str]]:
    currency = paper.currency
    if paper.is_gift:
        return [[gettext("Total"), money_text(paper.total, currency)]]
    vat = gettext("VAT %(rate)s", rate=rate_text(paper.rate_bp)) if paper.rate_bp else gettext("VAT")
    return [
        [gettext("Total before tax"), money_text(paper.net, currency)],
        [vat, money_text(paper.tax, currency)],
        [gettext("Total with tax"), money_text(paper.total, currency)],
    ]


def _payment(paper: Snapshot) -> dict[str, Any] | None:
    """How to pay; nothing to pay on a credit note."""
    if paper.corrects:
        return None
    due = date.fromisoformat(paper.due_on)
    before = gettext("We thank you for it by %(day)s", day=short_date(due))
    return {
        "title": before if paper.is_gift else gettext("To pay by %(day)s", day=short_date(due)),
        "amount": money_text(paper.total, paper.currency),
        "facts": [
            [gettext("Transfer to"), paper.seller.name],
            [gettext("IBAN"), _in_fours(paper.seller.iban)],
            *([[gettext("BIC"), paper.seller.bic]] if paper.seller.bic else []),
            [gettext("Reference"), paper.number],
        ],
        "qr": _qr(paper),
        "qr_says": gettext("Scan it with your bank’s app: everything is filled in."),
    }


def _qr(paper: Snapshot) -> str:
    """The transfer as a square to scan (EPC069-12), as SVG; only euros have one."""
    if paper.currency != "EUR":
        return ""
    from segno.helpers import make_epc_qr  # only documents need it

    square = make_epc_qr(
        name=paper.seller.name[:70],
        iban=paper.seller.iban,
        bic=paper.seller.bic or None,
        amount=to_decimal(paper.total, "EUR"),
        text=paper.number,
    )
    drawn = BytesIO()
    square.save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def _address(party: Party) -> list[str]:
    names = dict(country_choices(i18n.language()))
    lines = [party.name, party.street, f"{party.postcode} {party.city}".strip(), names.get(party.country, "")]
    return [line for line in lines if line]


def _legal(party: Party, currency: str) -> list[str]:
    form = party.legal_form
    if form and party.capital:
        form = gettext("%(form)s, capital of %(amount)s", form=form, amount=money_text(party.capital, currency))
    return [
        line
        for line in (
            form,
            f"SIRET {_grouped(party.siret)}" if party.siret else "",
            party.register,
            gettext("VAT no. %(number)s", number=party.vat_number) if party.vat_number else "",
            party.email,
        )
        if line
    ]


def _grouped(siret: str) -> str:
    """ "732 829 320 00074"."""
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"


def _in_fours(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
