"""What the law wants on a document, and what of it is missing. No database."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from billing.invoice.errors import InvoiceIncomplete, ShopAbroad, VatDisagrees
from billing.invoice.snapshot import Party
from coopcircuits.cooperative.models import Cooperative, VatRegime
from coopcircuits.document.models import MentionKind


class Missing(NamedTuple):
    """A field of the ``cooperative`` or of the ``shop``, or a sentence of the ``law``."""

    whose: str
    field: str


#: Code de commerce R123-238 and L441-9, CGI annexe II art. 242 nonies A.
_SELLER = {"FR": ["name", "street", "postcode", "city", "legal_form", "capital", "siret", "register", "iban"]}
_SELLER_ELSEWHERE = ["name", "street", "postcode", "city", "iban"]
_BUYER = {"FR": ["name", "street", "postcode", "city", "siret"]}
_BUYER_ELSEWHERE = ["name", "postcode", "city"]


#: What a document says of its VAT; a credit note says what the document that it corrects said.
VAT_MENTIONS = (MentionKind.SMALL_BUSINESS, MentionKind.VAT_ON_DEBITS)


def needed_mentions(cooperative: Cooperative, *, is_gift: bool, is_credit_note: bool = False) -> list[MentionKind]:
    """The sentences of its day that a document must carry in France; for other countries none is known."""
    if cooperative.country != "FR":
        return []
    if is_gift:
        return [MentionKind.GIFT]
    needed = [MentionKind.NATURE, MentionKind.LATE_PENALTY, MentionKind.RECOVERY_FEE, MentionKind.EARLY_PAYMENT]
    if is_credit_note:
        return needed
    if cooperative.vat_regime is VatRegime.SMALL_BUSINESS:
        needed.append(MentionKind.SMALL_BUSINESS)
    if cooperative.vat_on_debits:
        needed.append(MentionKind.VAT_ON_DEBITS)
    return needed


def missing(
    cooperative: Cooperative,
    seller: Party,
    buyer: Party,
    mentions: Mapping[MentionKind, str],
    *,
    needed: Sequence[MentionKind],
    is_gift: bool,
) -> list[Missing]:
    """What must be filled in before the document can be issued, in the order of the pages where that is done."""
    wanted = list(_SELLER.get(seller.country, _SELLER_ELSEWHERE))
    if cooperative.vat_regime is VatRegime.REGISTERED and not is_gift:
        wanted.append("vat_number")
    bought = _BUYER_ELSEWHERE if is_gift else _BUYER.get(buyer.country, _BUYER_ELSEWHERE)
    return [
        *(Missing("cooperative", name) for name in wanted if getattr(seller, name) in ("", None)),
        *(Missing("law", kind) for kind in needed if not mentions.get(kind)),
        *(Missing("shop", name) for name in bought if not getattr(buyer, name)),
    ]


def refuse_incomplete(shop: str, found: Sequence[Missing]) -> None:
    """Raise :class:`InvoiceIncomplete` naming everything that is missing."""
    if found:
        raise InvoiceIncomplete(shop=shop, missing=found)


def refuse_wrong_tax(cooperative: Cooperative, buyer: Party, *, rate_bp: int) -> None:
    """Raise :class:`ShopAbroad` or :class:`VatDisagrees` where a sale's rate of VAT (basis points) cannot be right.

    The tax itself says nothing: 20 % of two cents is none.
    """
    if buyer.country != cooperative.country:
        raise ShopAbroad(shop=buyer.name)
    if (rate_bp > 0) is not (cooperative.vat_regime is VatRegime.REGISTERED):
        raise VatDisagrees(shop=buyer.name)
