"""Reading and locking payments and refunds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from coopcircuits.errors import NotFound
from coopcircuits.payments.models import WebhookReceipt
from orders.order.models import Order
from orders.order.queries import lock_order
from orders.payment.models import GIVEN_BACK, Payment, PaymentState, Refund, RefundState
from shops.payment_method.models import PaymentKind


def payments_of(session: Session, *, order_id: int) -> Sequence[Payment]:
    """An order's payments, oldest first."""
    session.flush()
    return session.scalars(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id)).all()


def refunds_of(session: Session, *, order_id: int) -> Sequence[Refund]:
    """An order's refunds with their payment, oldest first."""
    session.flush()
    return session.scalars(
        select(Refund)
        .join(Refund.payment)
        .where(Payment.order_id == order_id)
        .options(joinedload(Refund.payment))
        .order_by(Refund.id)
    ).all()


def given_back(session: Session, *, order_id: int) -> dict[int, int]:
    """What has been given back, or is about to be, of each payment of an order, by payment id."""
    session.flush()
    rows = session.execute(
        select(Refund.payment_id, func.sum(Refund.amount))
        .join(Refund.payment)
        .where(Payment.order_id == order_id, Refund.state.in_(GIVEN_BACK))
        .group_by(Refund.payment_id)
    )
    return {payment_id: int(amount) for payment_id, amount in rows}


def kept(session: Session, *, order_id: int) -> int:
    """What the shop has received for an order and not given back."""
    back = given_back(session, order_id=order_id)
    payments = payments_of(session, order_id=order_id)
    return sum(p.amount - back.get(p.id, 0) for p in payments if p.state is PaymentState.PAID)


def card_payment(session: Session, *, order_id: int) -> Payment | None:
    """The payment by which an order's card page is opened."""
    return session.scalar(
        select(Payment)
        .where(Payment.order_id == order_id, Payment.kind == PaymentKind.CARD)
        .order_by(Payment.id)
        .limit(1)
    )


def with_order(session: Session, payment_id: int) -> Payment:
    """A payment with its order; raises :class:`NotFound`."""
    found = session.scalar(select(Payment).where(Payment.id == payment_id).options(joinedload(Payment.order)))
    if found is None:
        raise NotFound
    return found


def lock_payment(session: Session, payment_id: int) -> tuple[Payment, Order]:
    """A payment and its order as they are now, held until the transaction ends; raises :class:`NotFound`."""
    order_id = session.scalar(select(Payment.order_id).where(Payment.id == payment_id))
    if order_id is None:
        raise NotFound
    order = lock_order(session, order_id)
    payment = session.scalar(
        select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    )
    if payment is None:
        raise NotFound
    return payment, order


def lock_refund(session: Session, refund_id: int) -> Refund:
    """A refund with its payment, both held with their order; raises :class:`NotFound`."""
    payment_id = session.scalar(select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound
    lock_payment(session, payment_id)
    refund = session.scalar(
        select(Refund)
        .where(Refund.id == refund_id)
        .options(joinedload(Refund.payment))
        .with_for_update(of=Refund)
        .execution_options(populate_existing=True)
    )
    if refund is None:
        raise NotFound
    return refund


def by_checkout(session: Session, checkout_id: str) -> Payment | None:
    return session.scalar(select(Payment).where(Payment.checkout_id == checkout_id))


def by_intent(session: Session, *, account: str | None, intent_id: str) -> Payment | None:
    return session.scalar(select(Payment).where(Payment.account == account, Payment.intent_id == intent_id))


def by_reference(session: Session, *, account: str | None, reference: str) -> Payment | None:
    """The card payment of an order that expects its money on this account."""
    return session.scalar(
        select(Payment)
        .join(Payment.order)
        .where(Order.reference == reference, Payment.account == account, Payment.kind == PaymentKind.CARD)
        .order_by(Payment.id)
        .limit(1)
    )


def cards_to_look_at(session: Session, *, before: datetime, most: int = 200) -> Sequence[int]:
    """Ids of card payments expected since before an instant, oldest first."""
    return session.scalars(
        select(Payment.id)
        .where(Payment.kind == PaymentKind.CARD, Payment.state == PaymentState.PENDING, Payment.created_at < before)
        .order_by(Payment.created_at, Payment.id)
        .limit(most)
    ).all()


def refunds_to_send(session: Session, *, most: int = 200) -> Sequence[int]:
    """Ids of card refunds that the provider has not been told of, or has not confirmed."""
    return session.scalars(
        select(Refund.id)
        .join(Refund.payment)
        .where(Refund.state == RefundState.REQUESTED, Payment.kind == PaymentKind.CARD)
        .order_by(Refund.id)
        .limit(most)
    ).all()


def receipts_to_read(session: Session, *, most: int = 200) -> Sequence[int]:
    """Ids of the provider's messages about shops' accounts not yet acted upon, oldest first."""
    return session.scalars(
        select(WebhookReceipt.id)
        .where(WebhookReceipt.processed_at.is_(None), WebhookReceipt.account.is_not(None))
        .order_by(WebhookReceipt.id)
        .limit(most)
    ).all()
