"""Money from shoppers to shops: what is expected, what came, what goes back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import Actor
from coopcircuits.db import write
from coopcircuits.errors import InvalidInput
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.payments.answers import ProviderEvent
from coopcircuits.payments.models import WebhookReceipt
from coopcircuits.references import new_secret
from orders.errors import TooMuch, WrongState
from orders.events import PaymentReceived, PaymentUndone, RefundDone, RefundRequested
from orders.order.amounts import spread
from orders.order.models import Order, OrderState
from orders.order.queries import lock_order
from orders.payment import queries
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from orders.sale import queries as sales
from orders.sale.models import SaleKind
from orders.sale.services import enter
from shops.payment_method.models import PaymentKind

#: A page at the provider can be opened this long after the order was sent. Later, nobody was ever shown one.
PAGE_DEADLINE = timedelta(minutes=14)
#: It takes cards this long after the order was sent, and stock and slot are held meanwhile. The provider wants at least
#: 30 minutes between the opening of a page and its end.
CARD_HOLD = timedelta(minutes=45)


def expect(session: Session, *, order: Order, kind: PaymentKind, amount: int, account: str | None = None) -> Payment:
    """Write down that money is to come; by card on the shop's ``account``, under a key kept from the start."""
    now = clock.now()
    payment = Payment(
        order_id=order.id,
        shop_id=order.shop_id,
        kind=kind,
        state=PaymentState.PENDING,
        amount=amount,
        currency=order.currency,
        idempotency_key=new_secret(),
        account=account,
        created_at=now,
        expires_at=now + CARD_HOLD if kind is PaymentKind.CARD else None,
    )
    return write(session, payment)


def receive(session: Session, *, payment_id: int, shop_id: int, actor: Actor) -> Payment:
    """The shop has the cash, the cheque or the transfer in hand."""
    payment, order = queries.lock_payment(session, payment_id)
    if order.shop_id != shop_id or payment.kind is PaymentKind.CARD or payment.state is not PaymentState.PENDING:
        raise WrongState
    _receive(session, payment, actor)
    return payment


def receive_all(session: Session, *, order: Order, actor: Actor) -> None:
    """The same for everything that is expected by hand for the (locked) order."""
    for payment in queries.payments_of(session, order_id=order.id):
        if payment.state is PaymentState.PENDING and payment.kind is not PaymentKind.CARD:
            _receive(session, payment, actor)


def _receive(session: Session, payment: Payment, actor: Actor) -> None:
    payment.state, payment.paid_at = PaymentState.PAID, clock.now()
    record(session, PaymentReceived(payment.order_id, payment.id, payment.kind, payment.amount), actor=actor)


def undo_receipt(session: Session, *, payment_id: int, shop_id: int, actor: Actor) -> Payment:
    """The payment was marked as received by mistake; refused once something of it has been given back."""
    payment, order = queries.lock_payment(session, payment_id)
    is_received = payment.state is PaymentState.PAID and payment.kind is not PaymentKind.CARD
    if order.shop_id != shop_id or not is_received or queries.given_back(session, order_id=order.id).get(payment.id):
        raise WrongState
    payment.state, payment.paid_at = PaymentState.CANCELLED, None
    record(session, PaymentUndone(order.id, payment.id, payment.amount), actor=actor)
    settle_up(session, order=order, reason="", actor=actor)
    return payment


def settle_up(session: Session, *, order: Order, reason: str, actor: Actor) -> None:
    """Make what is expected and what is given back agree with what the ledger says is due for the (locked) order.

    Too much was received: refunds are requested. Something is missing: it is expected, in the way the order was to be
    paid, but never by another charge of the card.
    """
    due, kept = sales.due(session, order_id=order.id), queries.kept(session, order_id=order.id)
    pending = [p for p in queries.payments_of(session, order_id=order.id) if p.state is PaymentState.PENDING]
    missing = max(due - kept, 0)
    for payment in pending:
        if missing and payment is pending[0]:
            payment.amount = missing
        else:
            payment.state = PaymentState.CANCELLED
    if missing and not pending:
        kind = PaymentKind.ON_COLLECTION if order.payment_kind is PaymentKind.CARD else order.payment_kind
        expect(session, order=order, kind=kind, amount=missing)
    if kept > due:
        _give_back(session, order=order, amount=kept - due, reason=reason, actor=actor)


def _give_back(session: Session, *, order: Order, amount: int, reason: str, actor: Actor) -> None:
    """Request refunds of ``amount``, from the last payment backwards, never more than is left of each."""
    back = queries.given_back(session, order_id=order.id)
    for payment in reversed(queries.payments_of(session, order_id=order.id)):
        part = min(amount, payment.amount - back.get(payment.id, 0)) if payment.state is PaymentState.PAID else 0
        if part > 0:
            request_refund(session, payment=payment, amount=part, reason=reason, actor=actor)
            amount -= part


def request_refund(session: Session, *, payment: Payment, amount: int, reason: str, actor: Actor) -> Refund:
    """Write down that money must go back: a job sends it to the card, the shop's own hand gives the rest."""
    refund = Refund(
        payment_id=payment.id,
        amount=amount,
        state=RefundState.REQUESTED,
        reason=reason[:200],
        idempotency_key=new_secret(),
        requested_at=clock.now(),
    )
    session.add(refund)
    session.flush()
    record(session, RefundRequested(payment.order_id, refund.id, amount), actor=actor)
    return refund


def refund_part(session: Session, *, order_id: int, shop_id: int, amount: int, reason: str, actor: Actor) -> Order:
    """The shop gives part of the money back (a bruised box, a missing pot); the sale shrinks by as much."""
    order = lock_order(session, order_id)
    if order.shop_id != shop_id or order.state not in (OrderState.PLACED, OrderState.COLLECTED):
        raise WrongState
    if not reason.strip():
        raise InvalidInput(N_("Please say why: the shopper will read it."), field="reason")
    if not 0 < amount <= min(queries.kept(session, order_id=order.id), sales.due(session, order_id=order.id)):
        raise TooMuch(field="amount")
    part = spread(amount, sales.booked(session, order_id=order.id))
    taxes = {rate: -share for rate, share in part.items()}
    enter(session, order=order, kind=SaleKind.REFUND, taxes=taxes, reason=reason, actor=actor)
    settle_up(session, order=order, reason=reason, actor=actor)
    return order


def confirm_refund(session: Session, *, refund_id: int, shop_id: int, actor: Actor) -> Refund:
    """The shop has given the money back by its own hand."""
    refund = queries.lock_refund(session, refund_id)
    order = session.get_one(Order, refund.payment.order_id)
    by_hand = refund.payment.kind is not PaymentKind.CARD and refund.state is RefundState.REQUESTED
    if order.shop_id != shop_id or not by_hand:
        raise WrongState
    refund.state, refund.done_at = RefundState.DONE, clock.now()
    record(session, RefundDone(order.id, refund.id, refund.amount), actor=actor)
    return refund


def retry_refund(session: Session, *, refund_id: int, shop_id: int, actor: Actor) -> None:
    """Try again to give back what a failed refund left with the shop, by a new request."""
    refund = queries.lock_refund(session, refund_id)
    order = session.get_one(Order, refund.payment.order_id)
    if order.shop_id != shop_id or refund.state is not RefundState.FAILED:
        raise WrongState
    settle_up(session, order=order, reason=refund.reason, actor=actor)
    supersede_failures(session, order=order)


def supersede_failures(session: Session, *, order: Order) -> None:
    """Failed refunds need nobody any more once the shop keeps no more than what is due."""
    if queries.kept(session, order_id=order.id) <= sales.due(session, order_id=order.id):
        for refund in queries.refunds_of(session, order_id=order.id):
            if refund.state is RefundState.FAILED:
                refund.state = RefundState.SUPERSEDED


def keep_receipt(session: Session, *, event: ProviderEvent, payload: dict[str, Any]) -> bool:
    """Keep a verified message of the provider, once; returns whether it was new."""
    if session.scalar(select(WebhookReceipt.id).where(WebhookReceipt.provider_event == event.id)) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(
                WebhookReceipt(
                    provider_event=event.id,
                    account=event.account,
                    type=event.type[:80],
                    object_id=event.object_id,
                    payload=payload,
                    received_at=clock.now(),
                )
            )
    except IntegrityError:
        return False  # the same message came twice at once
    return True
