"""Conversations with the payment provider: read, call, write. No transaction is open while it answers.

Whatever happens between two steps (a kill, a lost answer, the same step by somebody else) leaves rows from which the
conversation can be taken up again: the key is stored before the call, and a payment page is shown to a shopper only
after its id was stored.
"""

from datetime import timedelta

from coopcircuits import clock, i18n
from coopcircuits.db import Database
from coopcircuits.errors import DomainError
from coopcircuits.payments.answers import CheckoutStatus, HostedCheckout
from coopcircuits.payments.errors import ProviderRefused, ProviderUnavailable
from coopcircuits.payments.gateway import Gateway
from coopcircuits.payments.page import PageRequest
from coopcircuits.references import new_secret
from orders.errors import HoldOver, WrongState
from orders.order.models import OrderState
from orders.payment import queries, refunds, settlement
from orders.payment.models import Payment, PaymentState, Refund, RefundState
from orders.payment.services import PAGE_DEADLINE
from shops.payment_method.models import PaymentKind

#: Stock is not held any longer than this after the page's end when the provider cannot be asked how it ended.
PATIENCE = timedelta(minutes=10)
#: The provider remembers a key for 24 hours at least.
_KEY_LIFE = timedelta(hours=20)


def open_page(database: Database, gateway: Gateway, *, order_id: int, base_url: str) -> str:
    """The address of the page on which an order is paid by card, opened at the provider if it is not yet.

    Raises :class:`WrongState` or :class:`HoldOver` when it is not to be paid (any more), and the gateway's errors.
    """
    with database.reading() as session:
        found = queries.card_payment(session, order_id=order_id)
        payment = queries.with_order(session, found.id) if found else None
    if payment is None or payment.state is not PaymentState.PENDING:
        raise WrongState
    if payment.order.state is not OrderState.AWAITING_PAYMENT:
        raise WrongState
    now, last = clock.now(), payment.expires_at if payment.checkout_url else payment.created_at + PAGE_DEADLINE
    if last is None or now >= last:
        raise HoldOver
    if payment.checkout_url:
        return payment.checkout_url
    try:
        page = _create_page(gateway, payment, base_url)
    except ProviderUnavailable:
        _take_new_key(database, payment)
        raise
    except ProviderRefused:  # also when the same call is being made by another tab, which then shows its page
        with database.reading() as session:
            if url := queries.with_order(session, payment.id).checkout_url:
                return url
        raise
    return _keep_page(database, payment.id, page)


def _create_page(gateway: Gateway, payment: Payment, base_url: str) -> HostedCheckout:
    order = payment.order
    if payment.account is None or payment.expires_at is None:
        raise WrongState
    link = f"{base_url}/orders/{order.reference}/{order.link_secret}"
    with i18n.speaking(order.language):
        description = i18n.gettext("Order %(reference)s", reference=order.reference)
    return gateway.create_checkout(
        payment.account,
        PageRequest(
            reference=order.reference,
            amount_minor=payment.amount,
            currency=payment.currency,
            description=description,
            email=order.email,
            locale=order.language,
            success_url=f"{link}/paid",
            cancel_url=link,
            expires_at=payment.expires_at,
            idempotency_key=payment.idempotency_key,
        ),
    )


def _keep_page(database: Database, payment_id: int, page: HostedCheckout) -> str:
    """Store the page and give its address; if another one was stored meanwhile, that is the one to show."""
    with database.transaction() as session:
        payment, order = queries.lock_payment(session, payment_id)
        if payment.checkout_id is None and payment.state is PaymentState.PENDING:
            payment.checkout_id, payment.checkout_url = page.id, page.url
        if payment.checkout_url is None or order.state is not OrderState.AWAITING_PAYMENT:
            raise WrongState
        return payment.checkout_url


def _take_new_key(database: Database, payment: Payment) -> None:
    """The provider repeats a failure for a day to whoever repeats its key, so the next attempt takes another.

    A page that may have been made under the old key was shown to nobody and ends by itself.
    """
    with database.transaction() as session:
        fresh, _order = queries.lock_payment(session, payment.id)
        if fresh.idempotency_key == payment.idempotency_key and fresh.checkout_id is None:
            fresh.idempotency_key = new_secret()


def look_again(database: Database, gateway: Gateway, *, payment_id: int) -> None:
    """Ask the provider how an expected card payment stands and apply it; close pages that nobody should pay on."""
    with database.reading() as session:
        payment = queries.with_order(session, payment_id)
    if payment.kind is not PaymentKind.CARD or payment.state is not PaymentState.PENDING:
        return
    now, given_up = clock.now(), payment.order.state is not OrderState.AWAITING_PAYMENT
    if payment.checkout_id is None:
        if given_up or now >= payment.created_at + PAGE_DEADLINE:
            _abandon(database, payment_id)
        return
    over = payment.expires_at is not None and now >= payment.expires_at
    try:
        status = _status(gateway, payment, close=given_up or over)
    except (ProviderUnavailable, ProviderRefused) as error:
        if payment.expires_at is not None and now >= payment.expires_at + PATIENCE:
            with database.transaction() as session:
                # Refused: the shop's account is closed to us, so there is nothing left to ask.
                settlement.let_go(session, payment_id=payment_id, for_good=isinstance(error, ProviderRefused))
        raise
    with database.transaction() as session:
        settlement.settle(session, payment_id=payment_id, status=status)


def _status(gateway: Gateway, payment: Payment, *, close: bool) -> CheckoutStatus:
    account, checkout_id = payment.account or "", payment.checkout_id or ""
    if close:
        try:
            return gateway.expire_checkout(account, checkout_id, f"{payment.idempotency_key}-close")
        except ProviderUnavailable:
            pass  # the page may have been closed all the same
    return gateway.fetch_checkout(account, checkout_id)


def _abandon(database: Database, payment_id: int) -> None:
    with database.transaction() as session:
        payment, order = queries.lock_payment(session, payment_id)
        if payment.state is PaymentState.PENDING and payment.checkout_id is None:
            settlement.abandon(session, payment=payment, order=order)


def send_refund(database: Database, gateway: Gateway, *, refund_id: int) -> None:
    """Ask the provider for a refund, once, however often this is called."""
    with database.reading() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
    if refund.state is not RefundState.REQUESTED or payment.kind is not PaymentKind.CARD:
        return
    if refund.last_error or clock.now() > refund.requested_at + _KEY_LIFE:
        # An earlier call may have worked without our hearing of it, and its key may be used up.
        if _known_at_provider(database, gateway, payment, refund):
            return
        refund = _take_new_refund_key(database, refund)
    try:
        told = gateway.refund(
            payment.account or "",
            payment_intent=payment.intent_id or "",
            amount_minor=refund.amount,
            reference=refunds.reference_of(refund),
            idempotency_key=refund.idempotency_key,
        )
    except ProviderUnavailable as error:
        with database.transaction() as session:
            queries.lock_refund(session, refund_id).last_error = _said(error)
        raise
    except ProviderRefused as error:
        _take_note_of_refusal(database, gateway, payment, refund, error)
        return
    with database.transaction() as session:
        refunds.apply(session, payment_id=payment.id, told=[told])


def _take_note_of_refusal(
    database: Database, gateway: Gateway, payment: Payment, refund: Refund, error: ProviderRefused
) -> None:
    """It may have been made already, by somebody else at this very moment; otherwise it has failed."""
    try:
        if _known_at_provider(database, gateway, payment, refund):
            return
    except ProviderRefused:
        pass  # not even to be looked at: the account is closed to us
    with database.transaction() as session:
        refunds.fail(session, refund_id=refund.id, why=_said(error))


def look_at_refunds(database: Database, gateway: Gateway, payment: Payment) -> None:
    """Take over every refund that the provider knows of a payment."""
    told = gateway.fetch_refunds(payment.account or "", payment.intent_id or "")
    with database.transaction() as session:
        refunds.apply(session, payment_id=payment.id, told=told)


def _known_at_provider(database: Database, gateway: Gateway, payment: Payment, refund: Refund) -> bool:
    look_at_refunds(database, gateway, payment)
    with database.reading() as session:
        return session.get_one(Refund, refund.id).state is not RefundState.REQUESTED


def _take_new_refund_key(database: Database, refund: Refund) -> Refund:
    with database.transaction() as session:
        fresh = queries.lock_refund(session, refund.id)
        if fresh.state is not RefundState.REQUESTED or fresh.idempotency_key != refund.idempotency_key:
            raise WrongState  # somebody else is sending it
        fresh.idempotency_key, fresh.last_error = new_secret(), ""
        return fresh


def _said(error: DomainError) -> str:
    return (getattr(error, "detail", "") or str(error))[:300]
