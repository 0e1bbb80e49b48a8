"""Refused as somebody wrote, and credited by the bank all the same: the money counts once, and goes when it goes."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.bank_import import queries as bank_queries
from billing.bank_import import services as bank
from billing.bank_import.models import BankFile
from billing.collection import queries as collection
from billing.collection import standing
from billing.collection.models import Receipt
from billing.direct_debit import services
from billing.direct_debit.errors import DebitChanged
from billing.direct_debit.models import DebitFile, DebitLine, DebitState
from billing.invoice.models import Invoice
from billing.ledger import accounts
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from shops.enterprise.models import Enterprise
from tests.support.bank import SHOP_IBAN, line, open_account, statement
from tests.support.collection import make_invoice, pay
from tests.support.crowd import at_once
from tests.support.shops import make_enterprise

DAY = date(2026, 12, 7)
LATER = datetime(2026, 12, 9, 9, tzinfo=UTC)
COLLECTED, REFUSED, RETURNED = DebitState.COLLECTED, DebitState.REFUSED, DebitState.RETURNED


def _asked(session: Session) -> tuple[Enterprise, list[Invoice], DebitFile]:
    """A file that asks for 10 and 20 euros; somebody hears that the first is refused."""
    open_account(session)
    shop = make_enterprise(session)
    services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
    invoices = [make_invoice(session, shop, amount) for amount in (1000, 2000)]
    made = services.prepare_file(session, actor=SYSTEM, day=DAY, today=date(2026, 12, 1))
    return shop, invoices, made


def _refuse(session: Session, debit: DebitLine) -> DebitLine:
    with clock.travel(LATER):
        return services.take_back(
            session, actor=SYSTEM, line_id=debit.id, returned_on=DAY, reason="AM04", source=f"debit-refused:{debit.id}"
        )


def _read(session: Session, *entries: str) -> BankFile:
    with clock.travel(LATER):
        kept = bank.keep_upload(session, actor=SYSTEM, file_name="a.xml", content=statement(*entries))
        return bank.confirm(session, actor=SYSTEM, file_id=kept.id)


def _credit(made: DebitFile, amount: str = "30.00") -> str:
    return line(amount, "", batch=made.reference, reference="CREDIT")


def _back(debit: DebitLine) -> str:
    return line("-10.00", "", end_to_end=debit.end_to_end, returned="AM04", reference="BACK")


def _stands(session: Session, shop: Enterprise, invoices: list[Invoice]) -> tuple[int, list[int]]:
    """What was received, and what is open, after checking the books and that no line waits for a hand."""
    received = standing.position(session, shop.id).received
    assert -accounts.owed_by(session, shop.id) == received
    assert bank_queries.waiting(session) == []
    return received, [collection.open_amount(session, invoice.id) for invoice in invoices]


def test_credited_gross_and_never_taken_back_it_has_come(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    _read(session, _credit(made))
    assert [each.state for each in made.lines] == [COLLECTED, COLLECTED]
    assert (made.lines[0].reason, made.lines[0].ended_on) == ("", None)
    assert _stands(session, shop, invoices) == (3000, [0, 0])


def test_credited_gross_then_taken_back_it_is_open_again(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    _read(session, _credit(made))
    _read(session, _back(made.lines[0]))
    assert [each.state for each in made.lines] == [RETURNED, COLLECTED]
    assert _stands(session, shop, invoices) == (2000, [1000, 0])


def test_taken_back_first_then_credited_gross(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    _read(session, _back(made.lines[0]))
    _read(session, _credit(made))
    assert [each.state for each in made.lines] == [REFUSED, COLLECTED]
    assert _stands(session, shop, invoices) == (2000, [1000, 0])
    with pytest.raises(DebitChanged):
        services.collect(session, actor=SYSTEM, line_id=made.lines[0].id, received_on=DAY)


def test_both_in_one_statement(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    _read(session, _back(made.lines[0]), _credit(made))
    assert [each.state for each in made.lines] == [RETURNED, COLLECTED]
    assert _stands(session, shop, invoices) == (2000, [1000, 0])


def test_credited_without_what_was_refused(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    _read(session, _credit(made, "20.00"))
    assert [each.state for each in made.lines] == [REFUSED, COLLECTED]
    assert _stands(session, shop, invoices) == (2000, [1000, 0])


def test_credited_one_by_one(session: Session) -> None:
    shop, invoices, made = _asked(session)
    first = made.lines[0]
    _refuse(session, first)
    _read(session, line("10.00", "", end_to_end=first.end_to_end, reference="C1"))
    assert _stands(session, shop, invoices) == (1000, [0, 2000])
    _read(session, _back(first))
    assert _stands(session, shop, invoices) == (0, [1000, 2000])


def test_the_same_taken_back_before_its_credit(session: Session) -> None:
    shop, invoices, made = _asked(session)
    first = made.lines[0]
    _read(session, _back(first))
    _read(session, line("10.00", "", end_to_end=first.end_to_end, reference="C1"))
    assert first.state is REFUSED
    assert _stands(session, shop, invoices) == (0, [1000, 2000])


def test_paid_another_way_meanwhile_it_becomes_credit(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _refuse(session, made.lines[0])
    pay(session, shop, 1000, invoice=invoices[0])
    _read(session, _credit(made))
    assert _stands(session, shop, invoices) == (4000, [0, 0])
    assert standing.position(session, shop.id).credit == 1000


def test_refused_by_hand_after_it_came_the_bank_says_the_same_later(session: Session) -> None:
    shop, invoices, made = _asked(session)
    _read(session, _credit(made))
    _refuse(session, made.lines[0])
    _read(session, _back(made.lines[0]))
    assert _stands(session, shop, invoices) == (2000, [1000, 0])


def test_refused_by_hand_while_its_credit_and_its_return_are_read(database: Database) -> None:
    with database.transaction() as session:
        shop, invoices, made = _asked(session)
        debit = made.lines[0]
        entries = (_credit(made), _back(debit))
    jobs = [
        lambda session: _refuse(session, debit),
        lambda session: _read(session, entries[0]),
        lambda session: _read(session, entries[1]),
    ]
    assert at_once(database, jobs) == {"done": 3}
    with database.reading() as session:
        assert _stands(session, shop, invoices) == (2000, [1000, 0])
        assert session.scalar(select(func.count()).select_from(Receipt)) in (1, 2)
