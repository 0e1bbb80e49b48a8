"""Money of shops: settled once, never twice, and taken back to the cent."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.collection import queries, services, standing
from billing.collection.errors import OtherCurrency, ReceiptDiffers, TooMuchReturned
from billing.collection.models import ReceiptState
from billing.invoice.models import InvoiceKind
from coopcircuits.actor import SYSTEM
from coopcircuits.errors import InvalidInput, NotFound
from coopcircuits.events import Event
from tests.support.collection import TODAY, make_credit_note, make_invoice, pay
from tests.support.shops import make_enterprise


def _position(session: Session, shop_id: int) -> tuple[int, int]:
    """Open and credit, after checking that the account balances."""
    found = standing.position(session, shop_id, day=TODAY)
    assert found.invoiced - found.credited - found.received == found.open - found.credit
    return found.open, found.credit


def test_a_transfer_pays_the_oldest_invoice_first(session: Session) -> None:
    shop = make_enterprise(session)
    old, new = make_invoice(session, shop, 1000), make_invoice(session, shop, 2000)
    pay(session, shop, 1500)
    assert queries.open_amount(session, old.id) == 0
    assert queries.open_amount(session, new.id) == 1500
    assert _position(session, shop.id) == (1500, 0)


def test_the_invoice_that_was_named_is_paid_first(session: Session) -> None:
    shop = make_enterprise(session)
    old, new = make_invoice(session, shop, 1000), make_invoice(session, shop, 2000)
    pay(session, shop, 2300, invoice=new)
    assert queries.open_amount(session, new.id) == 0
    assert queries.open_amount(session, old.id) == 700


def test_what_was_paid_too_much_waits_for_the_next_invoice(session: Session) -> None:
    shop = make_enterprise(session)
    make_invoice(session, shop, 1000)
    pay(session, shop, 1800)
    assert _position(session, shop.id) == (0, 800)
    following = make_invoice(session, shop, 900)
    services.settle_account(session, enterprise_id=shop.id)
    assert queries.open_amount(session, following.id) == 100
    assert _position(session, shop.id) == (100, 0)


def test_a_cent_missing_stays_open(session: Session) -> None:
    shop = make_enterprise(session)
    invoice = make_invoice(session, shop, 3420)
    pay(session, shop, 3419, invoice=invoice)
    assert queries.open_amount(session, invoice.id) == 1


def test_the_same_money_is_recorded_once(session: Session) -> None:
    shop = make_enterprise(session)
    make_invoice(session, shop, 1000)
    first, again = pay(session, shop, 400, source="bank:1"), pay(session, shop, 400, source="bank:1")
    assert first.id == again.id
    assert _position(session, shop.id) == (600, 0)
    assert len(session.scalars(select(Event).where(Event.name == "ReceiptRecorded")).all()) == 1


def test_the_same_money_cannot_be_anothers(session: Session) -> None:
    shop, other = make_enterprise(session), make_enterprise(session)
    pay(session, shop, 400, source="bank:1")
    with pytest.raises(ReceiptDiffers):
        pay(session, other, 400, source="bank:1")
    with pytest.raises(ReceiptDiffers):
        pay(session, shop, 401, source="bank:1")
    assert _position(session, other.id) == (0, 0)


def test_the_invoice_of_another_shop_is_not_paid(session: Session) -> None:
    shop, other = make_enterprise(session), make_enterprise(session)
    theirs = make_invoice(session, other)
    receipt = pay(session, shop, 3420)
    with pytest.raises(NotFound):
        services.settle(session, receipt_id=receipt.id, invoice_id=theirs.id)


def test_nothing_and_other_currencies_are_refused(session: Session) -> None:
    shop = make_enterprise(session, currency="CHF", country="CH")
    with pytest.raises(InvalidInput):
        pay(session, shop, 0)
    with pytest.raises(OtherCurrency):
        pay(session, shop, 100)


def test_a_returned_debit_opens_its_invoices_again(session: Session) -> None:
    shop = make_enterprise(session)
    first, second = make_invoice(session, shop, 1000), make_invoice(session, shop, 2000)
    receipt = pay(session, shop, 3000)
    back = {"receipt_id": receipt.id, "returned_on": TODAY, "reason": "MD06", "source": "bank:r1", "actor": SYSTEM}
    services.return_receipt(session, **back)
    services.return_receipt(session, **back)
    assert receipt.state is ReceiptState.RETURNED
    assert [queries.open_amount(session, invoice.id) for invoice in (first, second)] == [1000, 2000]
    assert _position(session, shop.id) == (3000, 0)
    assert len(session.scalars(select(Event).where(Event.name == "ReceiptReturned")).all()) == 1


def test_other_credit_pays_what_a_return_opened(session: Session) -> None:
    shop = make_enterprise(session)
    invoice = make_invoice(session, shop, 1000)
    receipt = pay(session, shop, 1000)
    pay(session, shop, 600)
    services.return_receipt(
        session, receipt_id=receipt.id, returned_on=TODAY, reason="AM04", source="bank:r2", actor=SYSTEM
    )
    assert queries.open_amount(session, invoice.id) == 400
    assert _position(session, shop.id) == (400, 0)


def test_credit_goes_back_before_what_paid_invoices(session: Session) -> None:
    shop = make_enterprise(session)
    invoice = make_invoice(session, shop, 1000)
    receipt = pay(session, shop, 1300)
    back = {"returned_on": TODAY, "reason": "paid twice", "actor": SYSTEM}
    services.return_receipt(session, receipt_id=receipt.id, amount=300, source="hand:1", **back)
    assert receipt.state is ReceiptState.RECEIVED
    assert queries.open_amount(session, invoice.id) == 0
    with pytest.raises(TooMuchReturned):
        services.return_receipt(session, receipt_id=receipt.id, amount=1001, source="hand:2", **back)
    services.return_receipt(session, receipt_id=receipt.id, amount=250, source="hand:3", **back)
    assert queries.open_amount(session, invoice.id) == 250


def test_a_credit_note_on_a_paid_invoice_becomes_credit(session: Session) -> None:
    shop = make_enterprise(session)
    invoice, later = make_invoice(session, shop, 1000), make_invoice(session, shop, 300)
    pay(session, shop, 1000, invoice=invoice)
    make_credit_note(session, invoice, 400)
    assert queries.open_amount(session, invoice.id) == 0
    assert queries.open_amount(session, later.id) == 0
    assert _position(session, shop.id) == (0, 100)


def test_only_invoices_past_their_day_are_overdue(session: Session) -> None:
    shop = make_enterprise(session)
    late = make_invoice(session, shop, due_on=TODAY.replace(day=19))
    make_invoice(session, shop, due_on=TODAY)
    make_invoice(session, shop, due_on=TODAY.replace(day=1), kind=InvoiceKind.GIFT)
    paid = make_invoice(session, shop, due_on=TODAY.replace(day=2))
    pay(session, shop, paid.total, invoice=paid)
    found = queries.overdue(session, day=TODAY)
    assert [item.invoice.id for item in found] == [late.id]
    assert found[0].days_late(TODAY) == 1
    assert standing.position(session, shop.id, day=TODAY).overdue == late.total
