"""Payments and refunds in the words of those who read them."""

from coopcircuits.i18n import _
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from shops.payment_method.models import PaymentKind


def way_to_pay(kind: PaymentKind) -> str:
    """A way to pay, as a choice."""
    return {
        PaymentKind.CARD: _("Card"),
        PaymentKind.ON_COLLECTION: _("On collection"),
        PaymentKind.CHEQUE: _("Cheque"),
        PaymentKind.TRANSFER: _("Bank transfer"),
    }[kind]


def payment_words(payment: Payment) -> str:
    """What has been paid or is expected, without the amount."""
    if payment.state is PaymentState.PAID:
        return {
            PaymentKind.CARD: _("Paid by card"),
            PaymentKind.ON_COLLECTION: _("Paid on collection"),
            PaymentKind.CHEQUE: _("Paid by cheque"),
            PaymentKind.TRANSFER: _("Paid by bank transfer"),
        }[payment.kind]
    return {
        PaymentKind.CARD: _("To pay by card"),
        PaymentKind.ON_COLLECTION: _("To pay on collection"),
        PaymentKind.CHEQUE: _("To pay by cheque"),
        PaymentKind.TRANSFER: _("To pay by bank transfer"),
    }[payment.kind]


def refund_words(refund: Refund) -> str:
    """How a refund stands, without the amount."""
    by_card = refund.payment.kind is PaymentKind.CARD
    if refund.state is RefundState.DONE:
        return _("Refunded to the card") if by_card else _("Given back")
    if refund.state in (RefundState.FAILED, RefundState.SUPERSEDED):
        return _("Refund that failed")
    return _("Refund on its way to the card") if by_card else _("To be given back by the shop")
