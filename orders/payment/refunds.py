"""Make our refunds agree with what the provider says of them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.events import record
from coopcircuits.i18n import N_
from coopcircuits.payments.answers import RefundState as Told
from coopcircuits.payments.answers import RefundStatus
from orders.events import RefundDone, RefundFailed
from orders.order.amounts import spread
from orders.order.models import Order
from orders.payment import queries
from orders.payment.models import Payment, Refund, RefundState
from orders.payment.services import supersede_failures
from orders.sale import queries as sales
from orders.sale.models import SaleKind
from orders.sale.services import enter

_ON_ITS_WAY = (Told.SUCCEEDED, Told.PENDING)


def reference_of(refund: Refund) -> str:
    """What the provider keeps with a refund so that we know it again, whatever the key of the call."""
    return f"refund-{refund.id}"


def apply(session: Session, *, payment_id: int, told: Iterable[RefundStatus]) -> None:
    """Take over what the provider says of a payment's refunds; those made at its own site become ours."""
    payment, order = queries.lock_payment(session, payment_id)
    ours = [r for r in queries.refunds_of(session, order_id=order.id) if r.payment_id == payment.id]
    for status in told:
        matching = [r for r in ours if status.id == r.provider_refund or status.reference == reference_of(r)]
        if matching:
            _update(session, matching[0], order, status)
        elif status.state in _ON_ITS_WAY:
            _write_down(session, payment, order, status)
    supersede_failures(session, order=order)


def fail(session: Session, *, refund_id: int, why: str) -> None:
    """The provider refuses, now or after a while: the money stays with the shop, which has to look at it."""
    refund = queries.lock_refund(session, refund_id)
    if refund.state not in (RefundState.FAILED, RefundState.SUPERSEDED):
        refund.state, refund.done_at, refund.last_error = RefundState.FAILED, None, why[:300]
        record(session, RefundFailed(refund.payment.order_id, refund.id, refund.amount), actor=SYSTEM)


def _update(session: Session, refund: Refund, order: Order, status: RefundStatus) -> None:
    refund.provider_refund = status.id
    if status.state not in _ON_ITS_WAY:
        fail(session, refund_id=refund.id, why=f"{status.state}")
    elif refund.state is RefundState.REQUESTED:
        refund.state, refund.done_at = RefundState.DONE, clock.now()
        record(session, RefundDone(order.id, refund.id, refund.amount), actor=SYSTEM)


def _write_down(session: Session, payment: Payment, order: Order, status: RefundStatus) -> None:
    reason = N_("Refunded at the payment provider.")
    refund = Refund(
        payment_id=payment.id,
        amount=status.amount_minor,
        state=RefundState.DONE,
        reason=reason,
        idempotency_key=f"provider-{status.id}"[:64],
        provider_refund=status.id,
        requested_at=clock.now(),
        done_at=clock.now(),
    )
    session.add(refund)
    session.flush()
    record(session, RefundDone(order.id, refund.id, refund.amount), actor=SYSTEM)
    booked = sales.booked(session, order_id=order.id)
    shrinks = min(refund.amount, sum(part.gross for part in booked.values()))
    if shrinks > 0:
        taxes = {rate: -part for rate, part in spread(shrinks, booked).items()}
        enter(session, order=order, kind=SaleKind.REFUND, taxes=taxes, reason=reason, actor=SYSTEM)
