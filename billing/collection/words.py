"""Receipts in words."""

from billing.collection.late import LateAge
from billing.collection.models import Receipt, ReceiptMethod
from coopcircuits.i18n import gettext


def method_name(method: ReceiptMethod) -> str:
    """How money came."""
    return {
        ReceiptMethod.TRANSFER: gettext("Bank transfer"),
        ReceiptMethod.CARD: gettext("Card"),
        ReceiptMethod.SEPA_DEBIT: gettext("Direct debit"),
        ReceiptMethod.CHEQUE: gettext("Cheque"),
        ReceiptMethod.CASH: gettext("Cash"),
        ReceiptMethod.OTHER: gettext("Other"),
    }[method]


def age_text(age: LateAge) -> str:
    """ "1 to 30 days", "more than 90 days"."""
    if age.last is None:
        return gettext("more than %(days)s days", days=age.first - 1)
    return gettext("%(first)s to %(last)s days", first=age.first, last=age.last)


def paid_numbers(receipt: Receipt) -> list[str]:
    """Numbers of the invoices that a receipt pays now; its settlements and their invoices must be loaded."""
    sums: dict[str, int] = {}
    for settlement in receipt.settlements:
        sums[settlement.invoice.number] = sums.get(settlement.invoice.number, 0) + settlement.amount
    return [number for number, amount in sums.items() if amount]


def unused(receipt: Receipt) -> int:
    """What of it pays no invoice yet, in minor units; its settlements must be loaded."""
    return receipt.kept - sum(settlement.amount for settlement in receipt.settlements)
