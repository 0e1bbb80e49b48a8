"""Put right what was recorded of money: give it to the shop it is of, count again what did not reach a shop.

What was entered before stays.
"""

from datetime import date

from sqlalchemy.orm import Session

from billing.collection import history, queries, services
from billing.collection.errors import MoneyNamed, NothingToMove, OtherCurrency, ReceiptMoved
from billing.collection.events import ReceiptReassigned, ReceiptReturnFailed
from billing.collection.models import NAMED, FailedReturn, Receipt, ReceiptMove, ReceiptState
from coopcircuits import clock, events
from coopcircuits.actor import Actor
from coopcircuits.errors import InvalidInput
from coopcircuits.i18n import N_
from shops.enterprise.models import Enterprise


def reassign(
    session: Session, *, receipt_id: int, from_id: int, to_id: int, today: date, reason: str, actor: Actor
) -> Receipt:
    """Give money that was recorded for the wrong shop, ``from_id``, to the right one: what is left of the receipt.

    What it paid of the first shop's invoices is open again, for other credit of that shop; then it pays the oldest open
    invoices of the second. Money that is the second shop's already stays as it is. Raises :class:`InvalidInput` naming
    the field, :class:`ReceiptMoved` if it is a third shop's by now, :class:`NothingToMove`, :class:`MoneyNamed` or
    :class:`OtherCurrency`.
    """
    if not reason.strip():
        raise InvalidInput(N_("Say why: both shops read it."), field="reason")
    if to_id == from_id:
        raise InvalidInput(N_("It is this shop’s already: choose the right one."), field="to_shop")
    queries.lock_accounts(session, [from_id, to_id])
    receipt = queries.fresh_receipt(session, receipt_id)
    if receipt.enterprise_id == to_id:
        return receipt
    if receipt.enterprise_id != from_id:
        raise ReceiptMoved
    _refuse_unmovable(session, receipt, to_id)
    services.release(session, receipt_id=receipt.id, amount=receipt.kept)
    receipt.enterprise_id = to_id
    move = ReceiptMove(
        receipt_id=receipt.id,
        from_id=from_id,
        to_id=to_id,
        amount=receipt.kept,
        moved_on=today,
        reason=" ".join(reason.split())[:200],
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )
    session.add(move)
    session.flush()
    fact = ReceiptReassigned(
        receipt_id=receipt.id,
        move_id=move.id,
        from_id=from_id,
        to_id=to_id,
        amount=move.amount,
        currency=receipt.currency,
    )
    events.record(session, fact, actor=actor)
    for enterprise_id in sorted((from_id, to_id)):
        services.settle_account(session, enterprise_id=enterprise_id)
    session.refresh(receipt, ["enterprise"])
    return receipt


def undo_return(session: Session, *, source: str, reason: str, actor: Actor) -> FailedReturn | None:
    """Money that was recorded as gone back, by its ``source``, did not arrive: it is here again, and pays again.

    Told again it changes nothing; nor does a return that was never recorded.
    """
    went = history.return_by_source(session, source)
    if went is None:
        return None
    receipt = queries.hold_receipt(session, went.receipt_id)
    if (known := history.failure_of(session, went.id)) is not None:
        return known
    receipt.returned -= went.amount
    receipt.state = ReceiptState.RECEIVED
    failed = FailedReturn(
        return_id=went.id,
        failed_on=clock.local_date(clock.now(), session.get_one(Enterprise, receipt.enterprise_id).zone),
        reason=reason.strip()[:200],
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )
    session.add(failed)
    session.flush()
    fact = ReceiptReturnFailed(
        receipt_id=receipt.id,
        failed_id=failed.id,
        enterprise_id=receipt.enterprise_id,
        amount=went.amount,
        currency=receipt.currency,
    )
    events.record(session, fact, actor=actor)
    services.settle_account(session, enterprise_id=receipt.enterprise_id)
    return failed


def _refuse_unmovable(session: Session, receipt: Receipt, to_id: int) -> None:
    if receipt.method in NAMED:
        raise MoneyNamed
    if receipt.kept == 0:
        raise NothingToMove
    expected = session.get_one(Enterprise, to_id).currency
    if receipt.currency != expected:
        raise OtherCurrency(currency=receipt.currency, expected=expected, field="to_shop")
