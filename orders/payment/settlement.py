"""Make our books agree with what the provider says of a card payment; the only place where one becomes paid."""

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.payments.answers import CheckoutState, CheckoutStatus
from orders.events import PaymentNotAccepted, PaymentReceived
from orders.order import services as orders
from orders.order.models import Order, OrderState
from orders.payment import queries, services
from orders.payment.models import Payment, PaymentState


def settle(session: Session, *, payment_id: int, status: CheckoutStatus) -> Payment:
    """Apply what the provider was found to say. Any number of times, in any order, by any number of callers at once.

    Paid: the payment is paid and its order a sale; if the order was given up meanwhile, the money is sent back.
    Expired: the order, if still waiting, is released. Money that is not the expected one is never accepted.
    """
    payment, order = queries.lock_payment(session, payment_id)
    if status.state is CheckoutState.PAID and payment.state is not PaymentState.PAID:
        if why := _what_differs(payment, order, status):
            refuse(session, payment=payment, order=order, why=why)
        else:
            _paid(session, payment, order, status)
    elif status.state is CheckoutState.EXPIRED and payment.state is PaymentState.PENDING:
        abandon(session, payment=payment, order=order)
    return payment


def _what_differs(payment: Payment, order: Order, status: CheckoutStatus) -> str:
    """What of the provider's answer is not as expected; empty when all is well."""
    pairs = {
        "checkout": (payment.checkout_id, status.id),
        "amount": (payment.amount, status.amount_minor),
        "currency": (payment.currency, status.currency),
        "reference": (order.reference, status.reference),
    }
    return ", ".join(name for name, (ours, theirs) in pairs.items() if ours != theirs)


def _paid(session: Session, payment: Payment, order: Order, status: CheckoutStatus) -> None:
    payment.state, payment.paid_at, payment.intent_id = PaymentState.PAID, clock.now(), status.payment_intent
    record(session, PaymentReceived(order.id, payment.id, payment.kind, payment.amount), actor=SYSTEM)
    if order.state is OrderState.AWAITING_PAYMENT:
        orders.confirm(session, order=order, actor=SYSTEM)
    else:
        reason = N_("The payment came after the order had been given up.")
        services.settle_up(session, order=order, reason=reason, actor=SYSTEM)


def abandon(session: Session, *, payment: Payment, order: Order) -> None:
    """Nothing can be paid any more on the (locked) payment's page: give the stock and the slot back."""
    payment.state = PaymentState.CANCELLED
    if order.state is OrderState.AWAITING_PAYMENT:
        orders.release(session, order=order, expired=True, actor=SYSTEM)


def refuse(session: Session, *, payment: Payment, order: Order, why: str) -> None:
    """The provider's answer is not about the money we expect: a person has to look at it."""
    record(session, PaymentNotAccepted(order.id, payment.id, why), actor=SYSTEM)
    abandon(session, payment=payment, order=order)


def let_go(session: Session, *, payment_id: int, for_good: bool) -> None:
    """Stop holding stock for a payment whose time is over while the provider cannot be asked.

    Unless ``for_good``, the payment stays expected: once the provider answers, money that came is sent back.
    """
    payment, order = queries.lock_payment(session, payment_id)
    if for_good and payment.state is PaymentState.PENDING:
        payment.state = PaymentState.CANCELLED
    if order.state is OrderState.AWAITING_PAYMENT:
        orders.release(session, order=order, expired=True, actor=SYSTEM)


def adopt(session: Session, *, payment_id: int, status: CheckoutStatus) -> None:
    """Apply a page of the provider that carries our order's reference, though we never wrote its id down.

    If the payment has no page, this one is its own: its answer was lost on the way. Otherwise money on it is a second
    payment of the same order, and goes back.
    """
    payment, order = queries.lock_payment(session, payment_id)
    if payment.checkout_id is None:
        payment.checkout_id = status.id
        settle(session, payment_id=payment.id, status=status)
    elif payment.checkout_id != status.id and status.state is CheckoutState.PAID:
        stray = services.expect(
            session, order=order, kind=payment.kind, amount=status.amount_minor, account=payment.account
        )
        # Not PAID: it is no part of what the order keeps, only something to give back.
        stray.state = PaymentState.CANCELLED
        stray.checkout_id, stray.intent_id = status.id, status.payment_intent
        session.flush()
        reason = N_("The order was paid twice.")
        services.request_refund(session, payment=stray, amount=stray.amount, reason=reason, actor=SYSTEM)
