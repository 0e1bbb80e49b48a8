"""Money that was recorded for the wrong shop: moved once, whoever else is at it, and the books tell it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing.collection import corrections, history, queries, services, standing
from billing.collection.errors import MoneyNamed, NothingToMove, OtherCurrency, ReceiptMoved
from billing.collection.models import Receipt, ReceiptMethod, ReceiptMove
from billing.ledger import accounts
from billing.ledger.models import JournalEntry
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from coopcircuits.events import Event
from shops.enterprise.models import Enterprise
from tests.support.collection import TODAY, make_invoice, pay
from tests.support.crowd import at_once
from tests.support.shops import make_enterprise


def _reassign(
    session: Session, receipt: Receipt, wrong: Enterprise, right: Enterprise, reason: str = "homonyme"
) -> Receipt:
    with clock.travel(max(clock.now(), datetime(2026, 11, 20, 9, tzinfo=UTC))):
        return corrections.reassign(
            session,
            receipt_id=receipt.id,
            from_id=wrong.id,
            to_id=right.id,
            today=TODAY,
            reason=reason,
            actor=SYSTEM,
        )


def _stands(session: Session, shop: Enterprise) -> tuple[int, int]:
    """Open and credit, after checking that payments and books agree."""
    found = standing.position(session, shop.id)
    assert found.invoiced - found.credited - found.received == found.open - found.credit
    assert -accounts.owed_by(session, shop.id) == found.received, "these invoices are bare rows, not in the books"
    return found.open, found.credit


def test_the_right_shop_has_paid_and_the_wrong_one_has_not(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    theirs, other = make_invoice(session, wrong, 1000), make_invoice(session, right, 900)
    receipt = pay(session, wrong, 1200)
    _reassign(session, receipt, wrong, right)
    assert [queries.open_amount(session, invoice.id) for invoice in (theirs, other)] == [1000, 0]
    assert (_stands(session, wrong), _stands(session, right)) == ((1000, 0), (0, 300))
    (move,) = history.moves_of(session, receipt.id)
    assert (move.from_shop, move.to_shop, move.amount, move.reason) == (wrong, right, 1200, "homonyme")
    fact = session.scalar(select(Event).where(Event.name == "ReceiptReassigned"))
    assert fact is not None
    assert (fact.payload["from_id"], fact.payload["to_id"]) == (wrong.id, right.id)


def test_the_books_get_a_reversing_and_a_new_entry(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    receipt = pay(session, wrong, 1200)
    before = session.scalars(select(JournalEntry.hash)).all()
    _reassign(session, receipt, wrong, right)
    entries = session.scalars(
        select(JournalEntry).order_by(JournalEntry.id).options(selectinload(JournalEntry.lines))
    ).all()
    assert [entry.hash for entry in entries[:-2]] == list(before), "what was entered stays"
    moved = [[(line.account, line.party_id, line.debit, line.credit) for line in entry.lines] for entry in entries[-2:]]
    assert moved == [
        [("512000", None, 0, 1200), ("411000", wrong.id, 1200, 0)],
        [("512000", None, 1200, 0), ("411000", right.id, 0, 1200)],
    ]
    assert {entry.journal.value for entry in entries[-2:]} == {"OD"}
    assert all("homonyme" in entry.label for entry in entries[-2:])


def test_other_credit_pays_what_the_move_opened(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    invoice = make_invoice(session, wrong, 1000)
    receipt = pay(session, wrong, 1000)
    pay(session, wrong, 600)
    _reassign(session, receipt, wrong, right)
    assert queries.open_amount(session, invoice.id) == 400


def test_what_went_back_before_is_not_moved(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    receipt = pay(session, wrong, 1200)
    back = {"receipt_id": receipt.id, "returned_on": TODAY, "reason": "trop", "actor": SYSTEM}
    services.return_receipt(session, amount=200, source="hand:1", **back)
    _reassign(session, receipt, wrong, right)
    assert (_stands(session, wrong), _stands(session, right)) == ((0, 0), (0, 1000))
    services.return_receipt(session, source="hand:2", **back)
    assert _stands(session, right) == (0, 0)
    with pytest.raises(NothingToMove):
        _reassign(session, receipt, right, wrong)


def test_it_may_be_moved_back(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    invoice = make_invoice(session, wrong, 1000)
    receipt = pay(session, wrong, 1000)
    _reassign(session, receipt, wrong, right)
    _reassign(session, receipt, right, wrong, "c’était juste")
    assert queries.open_amount(session, invoice.id) == 0
    assert (_stands(session, wrong), _stands(session, right)) == ((0, 0), (0, 0))


def test_a_reason_and_another_shop_of_the_same_currency_are_needed(session: Session) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    swiss = make_enterprise(session, currency="CHF", country="CH")
    receipt = pay(session, wrong, 1000)
    with pytest.raises(InvalidInput) as refused:
        _reassign(session, receipt, wrong, right, "  ")
    assert refused.value.field == "reason"
    for shop in (wrong, swiss):
        with pytest.raises((InvalidInput, OtherCurrency)) as refused:
            _reassign(session, receipt, wrong, shop)
        assert refused.value.field == "to_shop"
    assert session.scalars(select(ReceiptMove)).all() == []


@pytest.mark.parametrize("method", [ReceiptMethod.CARD, ReceiptMethod.SEPA_DEBIT])
def test_what_was_collected_from_a_shop_stays_its_own(session: Session, method: ReceiptMethod) -> None:
    wrong, right = make_enterprise(session), make_enterprise(session)
    receipt = pay(session, wrong, 1000)
    receipt.method = method
    session.flush()
    with pytest.raises(MoneyNamed):
        _reassign(session, receipt, wrong, right)


def test_moved_twice_at_once_it_moves_once(database: Database) -> None:
    with database.transaction() as session:
        wrong, right, third = (make_enterprise(session) for _ in range(3))
        receipt = pay(session, wrong, 1000)
        for shop in (wrong, right, third):
            make_invoice(session, shop, 1000)

    def to(shop: Enterprise) -> object:
        return lambda session: _reassign(session, receipt, wrong, shop)

    ends = at_once(database, [to(right)] * 4)  # type: ignore[list-item]  # a job
    assert ends == {"done": 4}
    with database.reading() as session:
        assert len(session.scalars(select(ReceiptMove)).all()) == 1
        assert [_stands(session, shop) for shop in (wrong, right, third)] == [(1000, 0), (0, 0), (1000, 0)]


def test_two_who_name_different_shops_do_not_both_win(database: Database) -> None:
    with database.transaction() as session:
        wrong, right, third = (make_enterprise(session) for _ in range(3))
        receipt = pay(session, wrong, 1000)
    jobs = [lambda session, shop=shop: _reassign(session, receipt, wrong, shop) for shop in (right, third)]
    assert at_once(database, jobs) == {"done": 1, "ReceiptMoved": 1}
    with database.reading() as session:
        assert sorted(_stands(session, shop) for shop in (wrong, right, third)) == [(0, 0), (0, 0), (0, 1000)]
        with pytest.raises(ReceiptMoved):
            _reassign(session, receipt, wrong, next(s for s in (right, third) if _stands(session, s) == (0, 0)))


def test_moved_while_it_goes_back_no_cent_is_counted_twice(database: Database) -> None:
    with database.transaction() as session:
        wrong, right = make_enterprise(session), make_enterprise(session)
        receipt = pay(session, wrong, 1000)

    def give_back(session: Session) -> object:
        return services.return_receipt(
            session, receipt_id=receipt.id, returned_on=TODAY, reason="doublon", source="hand:1", actor=SYSTEM
        )

    ends = at_once(database, [lambda session: _reassign(session, receipt, wrong, right), give_back])
    assert ends in ({"done": 1, "NothingToMove": 1}, {"done": 1, "ReceiptMoved": 1}, {"done": 2})
    with database.reading() as session:
        found = queries.receipt(session, receipt.id)
        stands = {shop.id: _stands(session, shop) for shop in (wrong, right)}
        assert stands.pop(found.enterprise_id) == (0, found.kept)
        assert list(stands.values()) == [(0, 0)]


def test_moved_while_an_invoice_is_settled_with_it(database: Database) -> None:
    with database.transaction() as session:
        wrong, right = make_enterprise(session), make_enterprise(session)
        receipt = pay(session, wrong, 1000)
        invoices = [make_invoice(session, shop, 700) for shop in (wrong, right)]

    def settle(session: Session) -> object:
        return services.settle(session, receipt_id=receipt.id, invoice_id=invoices[0].id)

    def settle_all(session: Session) -> None:
        services.settle_account(session, enterprise_id=wrong.id)

    ends = at_once(database, [lambda session: _reassign(session, receipt, wrong, right), settle, settle_all])
    assert ends["done"] >= 2
    with database.reading() as session:
        assert [queries.open_amount(session, invoice.id) for invoice in invoices] == [700, 0]
        assert (_stands(session, wrong), _stands(session, right)) == ((700, 0), (0, 300))
