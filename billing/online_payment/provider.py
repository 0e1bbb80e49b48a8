"""Conversations with the payment provider: read, call, write. No transaction is open while it answers.

Whatever happens between two steps leaves rows from which the conversation is taken up again: the key is stored before
the call, and a page is shown only after its id was stored.
"""

from billing.collection import queries as accounts
from billing.online_payment import queries, services
from billing.online_payment.models import OnlinePayment, OnlinePaymentState
from coopcircuits import clock, i18n
from coopcircuits.actor import Actor
from coopcircuits.auth.models import User
from coopcircuits.db import Database
from coopcircuits.payments.answers import CheckoutState
from coopcircuits.payments.errors import ProviderRefused, ProviderUnavailable
from coopcircuits.payments.page import PageRequest
from coopcircuits.payments.till import Till
from coopcircuits.references import new_secret


def open_page(
    database: Database, till: Till, *, invoice_id: int, enterprise_id: int, person: User, actor: Actor, back: str
) -> str:
    """The address of the page on which an invoice is paid, opened at the provider if it is not yet.

    ``back`` is the address of the invoice's page, without a slash at its end. Raises what :func:`services.expect` and
    the till raise.
    """
    with database.reading() as session:
        known = queries.under_way(session, invoice_id=invoice_id)
        replaced = known is not None and known.amount != accounts.open_amount(session, invoice_id)
    if known is not None:
        look_again(database, till, payment_id=known.id, close=replaced)  # it may have been paid a moment ago
    with database.transaction() as session:
        payment = services.expect(session, actor=actor, invoice_id=invoice_id, enterprise_id=enterprise_id)
        number = queries.payment(session, payment.id).invoice.number
    if payment.checkout_url:
        return payment.checkout_url
    with i18n.speaking(person.language):
        description = i18n.gettext("Invoice %(number)s", number=number)
    try:
        page = till.open_page(
            PageRequest(
                reference=payment.reference,
                amount_minor=payment.amount,
                currency=payment.currency,
                description=description,
                email=person.email,
                locale=person.language,
                success_url=f"{back}/paid",
                cancel_url=back,
                expires_at=payment.expires_at,
                idempotency_key=payment.idempotency_key,
            )
        )
    except ProviderUnavailable:
        _take_new_key(database, payment)
        raise
    with database.transaction() as session:
        fresh = queries.lock_payment(session, payment.id)
        if fresh.checkout_id is None:
            fresh.checkout_id, fresh.checkout_url = page.id, page.url
        return fresh.checkout_url or page.url


def _take_new_key(database: Database, payment: OnlinePayment) -> None:
    """The provider repeats a failure for a day to whoever repeats its key, so the next attempt takes another."""
    with database.transaction() as session:
        fresh = queries.lock_payment(session, payment.id)
        if fresh.idempotency_key == payment.idempotency_key and fresh.checkout_id is None:
            fresh.idempotency_key = new_secret()


def look_again(database: Database, till: Till, *, payment_id: int, close: bool = False) -> None:
    """Ask the provider how a payment stands and apply it.

    A page still open is closed first if its time is over, if another replaced it, or to ``close`` it.
    """
    with database.reading() as session:
        payment = queries.payment(session, payment_id)
    now = clock.now()
    if payment.checkout_id is None:
        if payment.state is OnlinePaymentState.OPEN and now >= payment.created_at + services.PAGE_DEADLINE:
            with database.transaction() as session:
                fresh = queries.lock_payment(session, payment_id)
                if fresh.checkout_id is None:  # nobody was ever shown a page
                    fresh.state = OnlinePaymentState.FAILED
        return
    status = till.fetch_page(payment.checkout_id)
    over = close or payment.state is OnlinePaymentState.FAILED or now >= payment.expires_at
    if over and status.checkout.state is CheckoutState.OPEN:
        till.close_page(payment.checkout_id, f"{payment.idempotency_key}-close")
        status = till.fetch_page(payment.checkout_id)
    with database.transaction() as session:
        services.settle(session, payment_id=payment_id, status=status)


def look_at_page(database: Database, till: Till, checkout_id: str) -> None:
    """The provider speaks of a page: it is ours by its id or its reference, or its money is kept aside and said."""
    with database.reading() as session:
        known = queries.by_checkout(session, checkout_id)
    if known is not None:
        look_again(database, till, payment_id=known.id)
        return
    try:
        status = till.fetch_page(checkout_id)
    except ProviderRefused:
        return  # not a page of this account
    with database.transaction() as session:
        found = queries.by_reference(session, status.checkout.reference)
        payment = queries.lock_payment(session, found.id) if found is not None else None
        if payment is not None and payment.checkout_id in (None, checkout_id):
            payment.checkout_id = checkout_id  # its answer was lost on the way, or came this very moment
            services.settle(session, payment_id=payment.id, status=status)
        elif status.checkout.state is CheckoutState.PAID:
            why = "reference" if payment is None else "second page"
            services.keep_stray(session, status=status.checkout, why=why)
