"""Record what shops pay and what goes back; settle invoices with it.

Every use case holds the shop's account, so that the same money never pays twice, however many run at once.
"""

from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.collection import history, queries
from billing.collection.errors import (
    FormUsed,
    InvoicePaid,
    OtherCurrency,
    ReceiptDiffers,
    ReturnedByProvider,
    TooMuchReturned,
)
from billing.collection.events import ReceiptRecorded, ReceiptReturned
from billing.collection.models import BY_HAND, Receipt, ReceiptMethod, ReceiptReturn, ReceiptState, Settlement
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.i18n import N_

#: How sources of money begin that somebody wrote down; a form's own key follows.
_HAND = "hand:"
#: How long after its day money may be written down: a cheque is good for a year and eight days (CMF, art. L131-59).
_LATEST = timedelta(days=375)


def record_receipt(
    session: Session,
    *,
    enterprise_id: int,
    method: ReceiptMethod,
    amount: int,
    currency: str,
    received_on: date,
    source: str,
    actor: Actor,
    reference: str = "",
    invoice_id: int | None = None,
) -> Receipt:
    """Write down money of a shop and settle its invoices with it: the named one first, then the oldest.

    ``source`` (at most 120 characters) names where the money was seen; the same source again gives the receipt that is
    there. Raises :class:`ReceiptDiffers` if that one is of another shop or amount, :class:`OtherCurrency`.
    """
    if amount <= 0:
        raise InvalidInput(N_("A receipt needs an amount."), field="amount")
    account = queries.lock_account(session, enterprise_id)
    if currency != account.currency:
        raise OtherCurrency(currency=currency, expected=account.currency)
    if (known := queries.receipt_by_source(session, source)) is not None:
        return _same(known, enterprise_id, amount)
    receipt = Receipt(
        enterprise_id=enterprise_id,
        method=method,
        state=ReceiptState.RECEIVED,
        amount=amount,
        returned=0,
        currency=currency,
        received_on=received_on,
        reference=_one_line(reference),
        source=source,
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )
    try:
        with session.begin_nested():
            session.add(receipt)
    except IntegrityError:  # somebody gives the same money to another shop at this very moment
        raise ReceiptDiffers from None
    fact = ReceiptRecorded(
        receipt_id=receipt.id, enterprise_id=enterprise_id, amount=amount, currency=currency, method=method
    )
    events.record(session, fact, actor=actor)
    if invoice_id is not None:
        _settle_named(session, receipt, invoice_id)
    settle_account(session, enterprise_id=enterprise_id)
    return receipt


def record_by_hand(
    session: Session,
    *,
    enterprise_id: int,
    invoice_id: int | None,
    method: ReceiptMethod,
    amount: int,
    received_on: date,
    today: date,
    reference: str,
    key: str,
    actor: Actor,
) -> Receipt:
    """Somebody writes down a cheque or cash: :func:`record_receipt`, in the currency of the shop.

    ``key`` (at most 40 characters) is the form's: pressed twice, it is recorded once. Raises :class:`InvalidInput`
    naming the field, :class:`FormUsed` if the form says other money by now, :class:`InvoicePaid`, and what
    :func:`record_receipt` raises.
    """
    if method not in BY_HAND:
        raise InvalidInput(N_("Choose between a cheque and cash."), field="method")
    if received_on > today:
        raise InvalidInput(N_("This day is still to come: choose today or an earlier day."), field="received_on")
    if received_on < today - _LATEST:
        raise InvalidInput(N_("This day is more than a year ago: please check its year."), field="received_on")
    account = queries.lock_account(session, enterprise_id)
    if (known := queries.receipt_by_source(session, f"{_HAND}{key}")) is not None:
        was = (known.enterprise_id, known.amount, known.method, known.received_on, known.reference)
        is_same = was == (enterprise_id, amount, method, received_on, _one_line(reference))
        if not is_same or (invoice_id is not None and not queries.has_paid_of(session, known.id, invoice_id)):
            raise FormUsed
        return known
    refuse_paid(session, invoice_id, field="payer")
    return record_receipt(
        session,
        enterprise_id=enterprise_id,
        method=method,
        amount=amount,
        currency=account.currency,
        received_on=received_on,
        reference=reference,
        source=f"{_HAND}{key}",
        actor=actor,
        invoice_id=invoice_id,
    )


def refuse_paid(session: Session, invoice_id: int | None, *, field: str) -> None:
    """Raises :class:`InvoicePaid` where somebody chose, in ``field``, an invoice that was paid meanwhile."""
    if invoice_id is not None and queries.open_amount(session, invoice_id) <= 0:
        raise InvoicePaid(field=field)


def _one_line(reference: str) -> str:
    return " ".join(reference.split())[:140]


def _same(known: Receipt, enterprise_id: int, amount: int) -> Receipt:
    if (known.enterprise_id, known.amount) != (enterprise_id, amount):
        raise ReceiptDiffers
    return known


def settle(session: Session, *, receipt_id: int, invoice_id: int) -> Receipt:
    """Use what is left of a receipt for an invoice of its shop; raises :class:`NotFound` for another's invoice."""
    receipt = queries.hold_receipt(session, receipt_id)
    _settle_named(session, receipt, invoice_id)
    return receipt


def _settle_named(session: Session, receipt: Receipt, invoice_id: int) -> None:
    still_open = {
        found.invoice.id: found.open for found in queries.open_invoices(session, enterprise_id=receipt.enterprise_id)
    }
    if invoice_id not in still_open and not queries.is_of_shop(session, invoice_id, receipt.enterprise_id):
        raise NotFound
    left = queries.unused_of(session, receipt.id)
    _pay(session, receipt.id, invoice_id, min(left, still_open.get(invoice_id, 0)))


def settle_account(session: Session, *, enterprise_id: int) -> None:
    """Bring a shop's settlements to what is true now.

    What an invoice no longer asks for, since it was corrected, becomes credit; credit pays open invoices, both the
    oldest first.
    """
    queries.lock_account(session, enterprise_id)
    for found in queries.corrected_below(session, enterprise_id=enterprise_id):
        excess = -found.open
        for receipt_id, paid in queries.paid_by_receipt(session, invoice_id=found.invoice.id).items():
            part = min(excess, paid)
            _pay(session, receipt_id, found.invoice.id, -part)
            excess -= part
    credit = queries.unused(session, enterprise_id=enterprise_id)
    owed = queries.open_invoices(session, enterprise_id=enterprise_id) if credit else []
    due = {found.invoice.id: found.open for found in owed}
    for receipt, left in credit:
        for invoice_id, missing in due.items():
            part = min(left, missing)
            _pay(session, receipt.id, invoice_id, part)
            due[invoice_id] -= part
            left -= part


def give_back(
    session: Session,
    *,
    receipt_id: int,
    returned_on: date,
    today: date,
    reason: str,
    source: str,
    actor: Actor,
    amount: int | None = None,
) -> Receipt:
    """Somebody writes down that money went back: :func:`return_receipt` on a day from the receipt's until ``today``.

    Raises :class:`InvalidInput` for another day, and :class:`ReturnedByProvider` for money that came through it.
    """
    receipt = queries.hold_receipt(session, receipt_id)
    if receipt.is_by_provider:
        raise ReturnedByProvider
    if returned_on < receipt.received_on:
        raise InvalidInput(N_("Money cannot go back before it came: choose a later day."), field="returned_on")
    if returned_on > today:
        raise InvalidInput(N_("This day is still to come: choose today or an earlier day."), field="returned_on")
    return return_receipt(
        session,
        receipt_id=receipt_id,
        returned_on=returned_on,
        reason=reason,
        source=source,
        actor=actor,
        amount=amount,
    )


def return_receipt(
    session: Session,
    *,
    receipt_id: int,
    returned_on: date,
    reason: str,
    source: str,
    actor: Actor,
    amount: int | None = None,
) -> Receipt:
    """Money went back to the shop: all that is left of a receipt, or ``amount`` of it.

    Money that paid nothing yet goes first; then the invoices settled last open again, and other credit of the shop
    pays them. The same ``source`` again changes nothing. Raises :class:`TooMuchReturned`.
    """
    receipt = queries.hold_receipt(session, receipt_id)
    if history.return_by_source(session, source) is not None:
        return receipt
    amount = receipt.kept if amount is None else amount
    if not 0 < amount <= receipt.kept:
        raise TooMuchReturned(field="amount")
    release(session, receipt_id=receipt.id, amount=amount)
    receipt.returned += amount
    if receipt.kept == 0:
        receipt.state = ReceiptState.RETURNED
    went = ReceiptReturn(
        receipt_id=receipt.id,
        amount=amount,
        returned_on=returned_on,
        reason=reason.strip()[:200],
        source=source,
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )
    session.add(went)
    session.flush()
    fact = ReceiptReturned(
        receipt_id=receipt.id, enterprise_id=receipt.enterprise_id, amount=amount, currency=receipt.currency
    )
    events.record(session, fact, actor=actor)
    settle_account(session, enterprise_id=receipt.enterprise_id)
    return receipt


def release(session: Session, *, receipt_id: int, amount: int) -> None:
    """Free ``amount`` of a receipt whose account is held: what pays nothing yet first, then what was settled last."""
    back = amount - queries.unused_of(session, receipt_id)
    for invoice_id, paid in queries.used_by_invoice(session, receipt_id=receipt_id).items():
        part = min(back, paid)
        if part > 0:
            _pay(session, receipt_id, invoice_id, -part)
            back -= part


def _pay(session: Session, receipt_id: int, invoice_id: int, amount: int) -> None:
    if amount:
        session.add(Settlement(receipt_id=receipt_id, invoice_id=invoice_id, amount=amount, settled_at=clock.now()))
        session.flush()
