"""Pay an invoice at the provider: what is expected, and what is true once the provider was asked."""

from datetime import timedelta

from sqlalchemy.orm import Session

from billing.collection import corrections
from billing.collection import queries as accounts
from billing.collection import services as collection
from billing.collection.models import BY_PROVIDER, ReceiptMethod
from billing.direct_debit import queries as debits
from billing.online_payment import queries
from billing.online_payment.errors import AmountTooSmall, DebitUnderWay, NothingToPay
from billing.online_payment.events import OnlinePaymentFailed, StrayPaymentSeen
from billing.online_payment.models import OnlinePayment, OnlinePaymentState, StrayPayment
from billing.online_payment.queries import UNDER_WAY
from coopcircuits import clock, events
from coopcircuits.actor import SYSTEM, Actor
from coopcircuits.errors import NotFound
from coopcircuits.payments.answers import CheckoutState, CheckoutStatus, TillStatus
from coopcircuits.payments.till import LEAST_MINOR
from coopcircuits.references import new_reference, new_secret

#: How long a page at the provider stays open.
PAGE_LIFE = timedelta(hours=2)
#: A page can be opened this long after it was asked for: the provider wants 30 minutes between opening and end.
PAGE_DEADLINE = timedelta(hours=1)


def expect(session: Session, *, actor: Actor, invoice_id: int, enterprise_id: int) -> OnlinePayment:
    """Write down that a shop is about to pay what is open of its invoice; the attempt under way, if there is one.

    Raises :class:`NotFound`, :class:`NothingToPay`, :class:`AmountTooSmall` or :class:`DebitUnderWay`.
    """
    accounts.lock_account(session, enterprise_id)
    if not accounts.is_of_shop(session, invoice_id, enterprise_id):
        raise NotFound
    known = queries.under_way(session, invoice_id=invoice_id)
    is_processing = known is not None and known.state is OnlinePaymentState.PROCESSING
    if is_processing or debits.in_files(session, [invoice_id]):
        raise DebitUnderWay
    amount = accounts.open_amount(session, invoice_id)
    if amount <= 0:
        raise NothingToPay
    if amount < LEAST_MINOR:
        raise AmountTooSmall
    now = clock.now()
    if known is not None:
        if known.amount == amount and now < known.expires_at:
            return known
        known.state = OnlinePaymentState.FAILED  # its page may be paid all the same: the money is then recorded
        session.flush()
    invoice = accounts.invoice(session, invoice_id)
    payment = OnlinePayment(
        reference=f"{invoice.number}-{new_reference(6)}",
        invoice_id=invoice_id,
        amount=amount,
        currency=invoice.currency,
        state=OnlinePaymentState.OPEN,
        idempotency_key=new_secret(),
        created_at=now,
        created_by=actor.label,
        expires_at=now + PAGE_LIFE,
    )
    session.add(payment)
    session.flush()
    return payment


def settle(session: Session, *, payment_id: int, status: TillStatus) -> OnlinePayment:
    """Apply what the provider was found to say: any number of times, in any order, by any number of callers at once.

    Whatever was really paid is recorded, once, whatever state the payment was in; what went back is taken back, and
    what was to go back and did not counts again.
    """
    payment, told = queries.lock_payment(session, payment_id), status.checkout
    if told.state is CheckoutState.PAID and payment.receipt_id is None:
        if told.currency != payment.currency or told.payment_intent is None:
            keep_stray(session, status=told, why="currency")
            payment.state = OnlinePaymentState.FAILED
            return payment
        receipt = collection.record_receipt(
            session,
            enterprise_id=payment.invoice.enterprise_id,
            method=ReceiptMethod.SEPA_DEBIT if status.by_debit else ReceiptMethod.CARD,
            amount=told.amount_minor,
            currency=told.currency,
            received_on=clock.local_date(clock.now(), payment.invoice.enterprise.zone),
            reference=payment.reference,
            source=f"{BY_PROVIDER}{told.payment_intent}",
            actor=SYSTEM,
            invoice_id=payment.invoice_id,
        )
        payment.state, payment.receipt_id = OnlinePaymentState.PAID, receipt.id
        payment.intent_id = told.payment_intent
    elif told.state is CheckoutState.PROCESSING and payment.state is OnlinePaymentState.OPEN:
        payment.state, payment.intent_id = OnlinePaymentState.PROCESSING, told.payment_intent
    elif told.state in (CheckoutState.FAILED, CheckoutState.EXPIRED) and payment.state in UNDER_WAY:
        _fail(session, payment, told.state)
    session.flush()
    _count_again(session, status)
    _take_back(session, payment, status)
    return payment


def _fail(session: Session, payment: OnlinePayment, state: CheckoutState) -> None:
    was_debit = payment.state is OnlinePaymentState.PROCESSING or state is CheckoutState.FAILED
    payment.state = OnlinePaymentState.FAILED
    if was_debit:
        fact = OnlinePaymentFailed(
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            enterprise_id=payment.invoice.enterprise_id,
            amount=payment.amount,
        )
        events.record(session, fact, actor=SYSTEM)


def _count_again(session: Session, status: TillStatus) -> None:
    for back in status.failed_returns:
        corrections.undo_return(session, source=f"{BY_PROVIDER}{back.id}", reason=back.reason, actor=SYSTEM)


def _take_back(session: Session, payment: OnlinePayment, status: TillStatus) -> None:
    for back in status.returns if payment.receipt_id is not None else ():
        receipt = accounts.fresh_receipt(session, payment.receipt_id or 0)
        if receipt.kept:
            collection.return_receipt(
                session,
                receipt_id=receipt.id,
                amount=min(back.amount_minor, receipt.kept),
                returned_on=clock.local_date(back.at, payment.invoice.enterprise.zone),
                reason=back.reason,
                source=f"{BY_PROVIDER}{back.id}",
                actor=SYSTEM,
            )


def keep_stray(session: Session, *, status: CheckoutStatus, why: str) -> None:
    """Keep money at the provider that we cannot place, once, for somebody to look at."""
    if queries.stray_by_checkout(session, status.id) is not None:
        return
    stray = StrayPayment(
        checkout_id=status.id,
        intent_id=status.payment_intent,
        reference=status.reference[:200],
        amount=status.amount_minor,
        currency=status.currency,
        why=why,
        seen_at=clock.now(),
    )
    session.add(stray)
    session.flush()
    fact = StrayPaymentSeen(stray_id=stray.id, amount=stray.amount, currency=stray.currency, why=why)
    events.record(session, fact, actor=SYSTEM)


def handle_stray(session: Session, *, actor: Actor, stray_id: int) -> StrayPayment:
    """Somebody has looked at it and done what was needed, at the provider's own site. Raises :class:`NotFound`."""
    stray = session.get(StrayPayment, stray_id)
    if stray is None:
        raise NotFound
    stray.handled_at, stray.handled_by = stray.handled_at or clock.now(), stray.handled_by or actor.label
    return stray
