"""Mandates, files for the bank, and debits that come back."""

from datetime import UTC, date, datetime

import pytest
from lxml import etree
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.bank_import import services as bank
from billing.collection import queries as collection
from billing.collection import services as money
from billing.collection import standing
from billing.collection.page import shop_payments
from billing.direct_debit import queries, services
from billing.direct_debit.bank_days import easter, is_bank_day
from billing.direct_debit.errors import DebitsOff, NothingToDebit
from billing.direct_debit.models import DebitFile, DebitLine, DebitState
from billing.online_payment import services as pages
from billing.online_payment.errors import DebitUnderWay
from billing.online_payment.models import OnlinePaymentState
from billing.reminder import services as reminders
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from shops.enterprise.models import Enterprise
from tests.support.bank import SHOP_IBAN, line, open_account, statement
from tests.support.collection import make_invoice, pay
from tests.support.crowd import at_once
from tests.support.shops import make_enterprise

#: A Monday after the due date of the invoices here.
DAY = date(2026, 12, 7)
TODAY = date(2026, 12, 1)


def _signed(session: Session) -> Enterprise:
    open_account(session)
    shop = make_enterprise(session)
    services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise Peyrard", iban=SHOP_IBAN)
    return shop


def _prepare(session: Session) -> DebitFile:
    return services.prepare_file(session, actor=SYSTEM, day=DAY, today=TODAY)


def _confirm(session: Session, content: bytes) -> None:
    kept = bank.keep_upload(session, actor=SYSTEM, file_name="a.xml", content=content)
    bank.confirm(session, actor=SYSTEM, file_id=kept.id)


def test_a_mandate_needs_a_real_account(session: Session) -> None:
    open_account(session)
    shop = make_enterprise(session)
    for iban in ("FR1420041010050500013M02607", "FR14", "", "SC18SSCB11010000000000001497USD"):
        with pytest.raises(InvalidInput):
            services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=iban)
    assert queries.mandate_of(session, shop.id) is None


def test_no_mandate_before_the_cooperative_can_collect(session: Session) -> None:
    shop = make_enterprise(session)
    with pytest.raises(DebitsOff):
        services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)


def test_a_new_mandate_ends_the_one_before(session: Session) -> None:
    shop = _signed(session)
    first = queries.mandate_of(session, shop.id)
    second = services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
    assert first is not None
    assert first.revoked_at is not None
    assert queries.mandate_of(session, shop.id) is second


def test_the_file_asks_for_what_is_open_and_passes_its_schema(session: Session) -> None:
    shop = _signed(session)
    invoice = make_invoice(session, shop)
    pay(session, shop, 420)
    made = _prepare(session)
    assert (made.count, made.total) == (1, 3000)
    root = etree.fromstring(made.content)
    assert root.tag == "{urn:iso:std:iso:20022:tech:xsd:pain.008.001.08}Document"
    assert [each.text for each in root.iter("{*}InstdAmt")] == ["30.00"]
    assert [each.text for each in root.iter("{*}MsgId")] == [made.reference]
    assert [each.text for each in root.iter("{*}Ustrd")] == [invoice.number]
    assert [each.text for each in root.iter("{*}ReqdColltnDt")] == ["2026-12-07"]
    assert "Elise Peyrard" in [each.text for each in root.iter("{*}Nm")]


def test_an_invoice_is_never_in_two_files(database: Database) -> None:
    with database.transaction() as session:
        shop = _signed(session)
        for _ in range(3):
            make_invoice(session, shop)
    ends = at_once(database, [_prepare] * 4)
    assert ends == {"done": 1, "NothingToDebit": 3}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DebitLine)) == 3


def test_only_what_is_due_and_was_told_two_weeks_ahead_is_collected(session: Session) -> None:
    shop = _signed(session)
    make_invoice(session, shop, due_on=date(2026, 12, 8))
    make_invoice(session, shop, issued_on=date(2026, 11, 24))
    make_invoice(session, make_enterprise(session))
    with pytest.raises(NothingToDebit):
        _prepare(session)


@pytest.mark.parametrize("day", [date(2026, 12, 5), date(2026, 12, 25), date(2026, 12, 2)])
def test_days_on_which_no_bank_collects_are_refused(session: Session, day: date) -> None:
    make_invoice(session, _signed(session))
    with pytest.raises(InvalidInput):
        services.prepare_file(session, actor=SYSTEM, day=day, today=TODAY)


def test_a_mandate_unused_for_three_years_lapses(session: Session) -> None:
    with clock.travel(datetime(2023, 12, 7, tzinfo=UTC)):
        shop = _signed(session)
    make_invoice(session, shop)
    mandate = queries.mandate_of(session, shop.id)
    assert mandate is not None
    assert queries.lapses_on(mandate) == date(2026, 12, 7)
    with pytest.raises(NothingToDebit):
        _prepare(session)
    mandate.last_used_on = date(2024, 2, 29)
    assert _prepare(session).count == 1
    assert mandate.last_used_on == DAY


def test_the_bank_collects_and_takes_back_weeks_later(session: Session) -> None:
    shop = _signed(session)
    invoice = make_invoice(session, shop)
    made = _prepare(session)
    (debit,) = made.lines
    _confirm(session, statement(line("34.20", "", batch=made.reference, reference="C1")))
    assert debit.state is DebitState.COLLECTED
    assert collection.open_amount(session, invoice.id) == 0
    back = line("-34.20", "", end_to_end=debit.end_to_end, returned="MD06", reference="C2", day=date(2027, 1, 20))
    with clock.travel(datetime(2027, 1, 21, tzinfo=UTC)):
        _confirm(session, statement(back))
    assert debit.state is DebitState.RETURNED
    assert debit.reason.startswith("MD06")
    assert collection.open_amount(session, invoice.id) == 3420


def test_an_invoice_is_collected_online_or_by_a_file_never_both(session: Session) -> None:
    shop = _signed(session)
    online, by_file = make_invoice(session, shop), make_invoice(session, shop)
    page = pages.expect(session, actor=SYSTEM, invoice_id=online.id, enterprise_id=shop.id)
    assert [each.invoice_id for each in _prepare(session).lines] == [by_file.id]
    with pytest.raises(DebitUnderWay):
        pages.expect(session, actor=SYSTEM, invoice_id=by_file.id, enterprise_id=shop.id)
    page.state = OnlinePaymentState.FAILED
    assert [each.invoice_id for each in _prepare(session).lines] == [online.id]


def test_a_page_and_a_file_are_asked_for_at_the_same_moment(database: Database) -> None:
    with database.transaction() as session:
        shop = _signed(session)
        invoice = make_invoice(session, shop)

    def open_page(session: Session) -> object:
        return pages.expect(session, actor=SYSTEM, invoice_id=invoice.id, enterprise_id=shop.id)

    ends = at_once(database, [_prepare, open_page])
    assert ends in ({"done": 1, "NothingToDebit": 1}, {"done": 1, "DebitUnderWay": 1})


def test_a_return_is_listed_before_the_credit_of_its_file(session: Session) -> None:
    shop = _signed(session)
    first, second = make_invoice(session, shop, 1000), make_invoice(session, shop, 2000)
    made = _prepare(session)
    back = line("-10.00", "", end_to_end=made.lines[0].end_to_end, returned="AM04", reference="C1")
    _confirm(session, statement(back, line("30.00", "", batch=made.reference, reference="C2")))
    assert [each.state for each in made.lines] == [DebitState.RETURNED, DebitState.COLLECTED]
    assert [collection.open_amount(session, each.id) for each in (first, second)] == [1000, 0]
    assert standing.position(session, shop.id).received == 2000


def test_a_return_comes_in_an_earlier_statement_than_the_credit(session: Session) -> None:
    shop = _signed(session)
    first, second = make_invoice(session, shop, 1000), make_invoice(session, shop, 2000)
    made = _prepare(session)
    back = line("-10.00", "", end_to_end=made.lines[0].end_to_end, returned="AM04", reference="C1")
    _confirm(session, statement(back))
    _confirm(session, statement(line("30.00", "", batch=made.reference, reference="C2")))
    assert [each.state for each in made.lines] == [DebitState.REFUSED, DebitState.COLLECTED]
    assert [collection.open_amount(session, each.id) for each in (first, second)] == [1000, 0]
    assert standing.position(session, shop.id).received == 2000


def test_a_refused_debit_may_be_asked_again_once_it_was_told(session: Session) -> None:
    shop = _signed(session)
    invoice = make_invoice(session, shop)
    (debit,) = _prepare(session).lines
    with clock.travel(datetime(2026, 12, 11, 9, tzinfo=UTC)):
        _confirm(session, statement(line("-34.20", "", end_to_end=debit.end_to_end, returned="AM04")))
    assert debit.state is DebitState.REFUSED
    assert collection.open_amount(session, invoice.id) == 3420
    for too_early in (date(2026, 12, 21), date(2026, 12, 24)):  # 14 days after the file's day, 13 after the mail
        with pytest.raises(NothingToDebit):
            services.prepare_file(session, actor=SYSTEM, day=too_early, today=date(2026, 12, 12))
    again = services.prepare_file(session, actor=SYSTEM, day=date(2026, 12, 28), today=date(2026, 12, 12))
    assert [each.invoice_id for each in again.lines] == [invoice.id]


def test_an_invoice_that_opens_again_after_its_debit_is_chased_again(session: Session) -> None:
    shop = _signed(session)
    invoice = make_invoice(session, shop)
    made = _prepare(session)
    _confirm(session, statement(line("34.20", "", batch=made.reference)))
    with clock.travel(datetime(2026, 12, 20, tzinfo=UTC)):
        money.return_receipt(
            session,
            receipt_id=made.lines[0].receipt_id or 0,
            returned_on=date(2026, 12, 20),
            reason="MD06",
            source="hand:1",
            actor=SYSTEM,
        )
    assert [each.invoice.id for each in collection.open_invoices(session)] == [invoice.id]
    assert reminders.due(session, day=date(2027, 1, 4)) == [(invoice.id, 2)]
    transfer = shop_payments(session, shop, day=date(2027, 1, 4)).transfer
    assert transfer is not None
    assert transfer.amount == 3420
    again = services.prepare_file(session, actor=SYSTEM, day=date(2027, 1, 11), today=date(2027, 1, 4))
    assert [each.invoice_id for each in again.lines] == [invoice.id]


def test_the_calendar_of_banks() -> None:
    assert [easter(year) for year in (2024, 2025, 2026, 2038)] == [
        date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)
    ]  # fmt: skip
    closed = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 26), date(2027, 1, 1)]
    assert not any(map(is_bank_day, closed))
    assert is_bank_day(date(2026, 7, 14))
