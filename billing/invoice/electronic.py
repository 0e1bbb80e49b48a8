"""A document in the business terms of EN 16931, for Factur-X."""

from datetime import timedelta
from typing import Any

from billing.invoice.snapshot import Party, Snapshot
from billing.invoice.words import item_name
from coopcircuits import i18n
from coopcircuits.document.facturx import invoice_xml
from coopcircuits.document.models import MentionKind
from coopcircuits.money import to_decimal
from coopcircuits.period import Month

#: Subject codes of notes that the French rules look for (BR-FR-05), by UNTDID 4451.
_SUBJECTS = {
    MentionKind.LATE_PENALTY: "PMD",
    MentionKind.RECOVERY_FEE: "PMT",
    MentionKind.EARLY_PAYMENT: "AAB",
    MentionKind.VAT_ON_DEBITS: "TXD",
}
#: UNTDID 1001.
_INVOICE, _CREDIT_NOTE = "380", "381"
#: UNTDID 4461: SEPA credit transfer, credit transfer.
_SEPA, _TRANSFER = "58", "30"
#: When VAT falls due, UNTDID 2475: with the invoice, with its payment.
_ON_INVOICE, _ON_PAYMENT = "5", "72"
#: Issued for services, not paid yet (BR-FR-08).
_SERVICES = "S1"


def xml_of(paper: Snapshot) -> bytes:
    """The document as XML. A gift has none: it is no invoice."""
    with i18n.speaking(paper.language):
        return invoice_xml(_terms(paper))


def _terms(paper: Snapshot) -> dict[str, Any]:
    month = Month.parse(paper.period)
    last_day = (month.plus(1).first_day - timedelta(days=1)).isoformat()
    amount = {name: str(to_decimal(value, paper.currency)) for name, value in _amounts(paper).items()}
    vat = _vat(paper)
    terms: dict[str, Any] = {
        "BT-1": paper.number,
        "BT-2": paper.issued_on,
        "BT-3": _CREDIT_NOTE if paper.is_credit_note else _INVOICE,
        "BT-5": paper.currency,
        "BT-9": paper.due_on,
        "BT-23": _SERVICES,
        "BT-72": last_day,
        "BT-73": month.first_day.isoformat(),
        "BT-74": last_day,
        "BT-106": amount["net"],
        "BT-109": amount["net"],
        "BT-110": amount["tax"],
        "BT-112": amount["total"],
        "BT-115": amount["total"],
        "BG-1": [_note(kind, text) for kind, text in paper.mentions.items()],
        "BG-4": _party(paper.seller, pays_no_vat=not paper.rate_bp),
        "BG-7": _party(paper.buyer),
        "BG-23": [{"BT-116": amount["net"], "BT-117": amount["tax"], **vat}],
        "BG-25": [
            {
                "BT-126": "1",
                "BT-129": "1",
                "BT-130": "C62",
                "BT-131": amount["net"],
                "BT-146": amount["net"],
                "BT-151": vat["BT-118"],
                "BT-152": vat["BT-119"],
                "BT-153": item_name(paper),
            }
        ],
    }
    if paper.rate_bp:
        terms["BT-8"] = _ON_INVOICE if paper.vat_on_debits else _ON_PAYMENT
    if paper.corrects:
        terms["BG-3"] = [{"BT-25": paper.corrects.number, "BT-26": paper.corrects.issued_on}]
    else:
        terms |= {
            "BT-81": _SEPA if paper.currency == "EUR" else _TRANSFER,
            "BT-83": paper.number,
            "BT-84": paper.seller.iban,
            "BT-85": paper.seller.name,
        }
        if paper.seller.bic:
            terms["BT-86"] = paper.seller.bic
    return terms


def _amounts(paper: Snapshot) -> dict[str, int]:
    return {"net": paper.net, "tax": paper.tax, "total": paper.total}


def _vat(paper: Snapshot) -> dict[str, str]:
    """Category and rate: standard, or exempt with the reason that the law words."""
    rate = str(to_decimal(paper.rate_bp, "EUR"))
    if paper.rate_bp:
        return {"BT-118": "S", "BT-119": rate}
    reason = paper.mentions.get(MentionKind.SMALL_BUSINESS, "")
    exempt = {"BT-118": "E", "BT-119": "0.00", "BT-120": reason or "Exempt"}
    return {**exempt, "BT-121": "VATEX-FR-FRANCHISE"} if reason else exempt


def _note(kind: str, text: str) -> dict[str, str]:
    subject = _SUBJECTS.get(MentionKind(kind))
    return {"BT-21": subject, "BT-22": text} if subject else {"BT-22": text}


def _party(party: Party, *, pays_no_vat: bool = False) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "name": party.name,
        "addr_l1": party.street,
        "postcode": party.postcode,
        "city": party.city,
        "country_code": party.country,
        "vat_identifier": party.vat_number,
        "legal_info": _legal_words(party),
        "einvoicing_addr": party.email,
        "einvoicing_addr_schemeid": "EM",
    }
    if party.country == "FR" and party.siret:
        terms |= {
            "identifiers": {"0009": party.siret},
            "legal_identifier": party.siren,
            "legal_identifier_schemeid": "0002",
            "einvoicing_addr": party.siren,
            "einvoicing_addr_schemeid": "0225",
        }
    if pays_no_vat and not party.vat_number:
        terms["tax_identifier"] = party.siren or party.register
    return {name: value for name, value in terms.items() if value}


def _legal_words(party: Party) -> str:
    return ", ".join(part for part in (party.legal_form, party.register) if part)
