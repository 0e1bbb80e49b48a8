"""What follows from what happens to orders: mails."""

from sqlalchemy.orm import Session

from coopcircuits.events import Event, subscriber
from orders import emails
from orders.events import (
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    OrderReleased,
    PaymentReceived,
    RefundDone,
    RefundFailed,
)
from orders.order.models import Order, OrderState
from orders.payment.models import Payment
from shops.enterprise.queries import role_of
from shops.payment_method.models import PaymentKind


@subscriber(OrderPlaced)
def mail_confirmation_to_shopper(session: Session, event: Event) -> None:
    if _still_stands(session, event):
        emails.order_placed(session, order_id=event.subject_id)


@subscriber(OrderPlaced)
def mail_new_order_to_shop(session: Session, event: Event) -> None:
    if _still_stands(session, event):
        emails.order_placed_for_shop(session, order_id=event.subject_id)


@subscriber(OrderChanged)
def mail_change(session: Session, event: Event) -> None:
    if _still_stands(session, event):
        emails.order_changed(session, order_id=event.subject_id, event_id=event.id)


@subscriber(OrderCancelled)
def mail_cancellation(session: Session, event: Event) -> None:
    order = session.get_one(Order, event.subject_id)
    by_shop = _is_staff(session, event.actor, order)
    emails.order_cancelled(session, order_id=order.id, event_id=event.id, by_shop=by_shop)


@subscriber(OrderReleased)
def mail_unpaid(session: Session, event: Event) -> None:
    """Who gave up themselves needs no mail about it."""
    if event.payload["expired"]:
        emails.order_expired(session, order_id=event.subject_id)


@subscriber(PaymentReceived)
def mail_payment(session: Session, event: Event) -> None:
    """Cards are told by the confirmation; who pays at the counter knows."""
    payment = session.get_one(Payment, event.payload["payment_id"])
    if payment.kind in (PaymentKind.CHEQUE, PaymentKind.TRANSFER):
        emails.payment_received(session, payment=payment)


@subscriber(RefundDone)
def mail_refund(session: Session, event: Event) -> None:
    emails.refund_done(session, refund_id=event.payload["refund_id"], order_id=event.subject_id)


@subscriber(RefundFailed)
def mail_failed_refund(session: Session, event: Event) -> None:
    emails.refund_failed(session, refund_id=event.payload["refund_id"], order_id=event.subject_id)


def _still_stands(session: Session, event: Event) -> bool:
    """Whether the news is still worth telling; a cancellation that followed tells its own."""
    return session.get_one(Order, event.subject_id).state is not OrderState.CANCELLED


def _is_staff(session: Session, label: str, order: Order) -> bool:
    """Whether an actor works for the order's shop, and is not its shopper."""
    user_id = int(label.removeprefix("user:")) if label.startswith("user:") else None
    if user_id is None or user_id == order.user_id:
        return False
    return role_of(session, enterprise_id=order.shop_id, user_id=user_id) is not None
