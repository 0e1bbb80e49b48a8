"""Put right what was recorded of money: give it to the shop it is of. Nothing is changed that was entered before."""

from datetime import date

from sqlalchemy.orm import Session

from billing.collection import queries, services
from billing.collection.errors import MoneyNamed, NothingToMove, OtherCurrency, ReceiptMoved
from billing.collection.events import ReceiptReassigned
from billing.collection.models import NAMED, Receipt, ReceiptMove
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


def _refuse_unmovable(session: Session, receipt: Receipt, to_id: int) -> None:
    if receipt.method in NAMED:
        raise MoneyNamed
    if receipt.kept == 0:
        raise NothingToMove
    expected = session.get_one(Enterprise, to_id).currency
    if receipt.currency != expected:
        raise OtherCurrency(currency=receipt.currency, expected=expected, field="to_shop")
