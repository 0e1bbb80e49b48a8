"""Shops are reminded step by step, once each, and no longer once they have paid."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from billing.direct_debit import services as debits
from billing.invoice.models import InvoiceKind
from billing.reminder import services
from billing.reminder.models import Reminder
from coopcircuits import clock, jobs
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput, NotAllowed
from coopcircuits.events.relay import deliver, due
from coopcircuits.mail.models import Mail
from shops.enterprise.models import Enterprise
from tests.support.bank import SHOP_IBAN, open_account
from tests.support.billing import COOPERATIVE
from tests.support.collection import make_invoice, pay
from tests.support.people import make_user
from tests.support.shops import make_enterprise

DUE = date(2026, 12, 3)


def _run(app: Flask, database: Database, days_late: int) -> list[str]:
    """Run the job so many days after the due date and the worker after it; gives the subjects of new mails."""
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Mail)) or 0
    at = datetime(2026, 12, 3, 9, tzinfo=UTC) + timedelta(days=days_late)
    with app.app_context(), clock.travel(at):
        jobs.run_once("billing.remind")
        for delivery in due(database):
            deliver(database, delivery)
    with database.reading() as session:
        return list(session.scalars(select(Mail.subject).order_by(Mail.id)))[before:]


def _shop(database: Database, language: str = "fr") -> Enterprise:
    with database.transaction() as session:
        open_account(session)
        owner = make_user(session, f"{language}@example.org", language=language)
        shop = make_enterprise(session, owner_id=owner.id)
        make_invoice(session, shop, due_on=DUE)
    return shop


def test_three_steps_each_once(app: Flask, database: Database) -> None:
    _shop(database)
    said = {day: _run(app, database, day) for day in (0, 6, 7, 8, 20, 21, 44, 45, 46, 300)}
    assert {day: len(mails) for day, mails in said.items() if mails} == {7: 1, 21: 1, 45: 1}
    assert "attend votre règlement" in said[7][0]


def test_in_the_readers_language_with_how_to_pay(app: Flask, database: Database) -> None:
    _shop(database, "en")
    assert "is waiting for your payment" in _run(app, database, 7)[0]
    with database.reading() as session:
        mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert mail is not None
    assert "FR76 3000 6000" in mail.text
    assert "€34.20" in mail.text
    assert "/contribution/invoices/" in mail.html


def test_after_a_long_silence_only_the_last_step_is_taken(app: Flask, database: Database) -> None:
    _shop(database)
    assert len(_run(app, database, 50)) == 1
    with database.reading() as session:
        assert session.scalars(select(Reminder.step)).all() == [3]


def test_each_reminder_takes_the_same_few_queries_however_many_are_late(app: Flask, database: Database) -> None:
    sent: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))

    def queries_each(shops: int) -> float:
        with database.transaction() as session:
            for _ in range(shops):
                make_invoice(session, make_enterprise(session), due_on=DUE)
        sent.clear()
        with app.app_context(), clock.travel(datetime(2026, 12, 10, 9, tzinfo=UTC)):
            jobs.run_once("billing.remind")
        return len(sent) / shops

    first = queries_each(3)
    assert queries_each(12) <= first
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reminder)) == 15


def test_who_has_paid_is_left_alone(app: Flask, database: Database) -> None:
    shop = _shop(database)
    _run(app, database, 7)
    with database.transaction() as session:
        pay(session, shop, 3420)
    assert _run(app, database, 30) == []


def test_gifts_and_debits_under_way_are_not_reminded_of(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        open_account(session)
        shop = make_enterprise(session)
        make_invoice(session, shop, due_on=DUE)
        make_invoice(session, shop, due_on=DUE, kind=InvoiceKind.GIFT)
        debits.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
        debits.prepare_file(session, actor=SYSTEM, day=date(2026, 12, 7), today=date(2026, 12, 1))
    assert _run(app, database, 30) == []


def test_a_refused_debit_is_told(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        open_account(session)
        shop = make_enterprise(session)
        make_invoice(session, shop, due_on=DUE)
        debits.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
        made = debits.prepare_file(session, actor=SYSTEM, day=date(2026, 12, 7), today=date(2026, 12, 1))
        debits.take_back(
            session,
            actor=SYSTEM,
            line_id=made.lines[0].id,
            returned_on=date(2026, 12, 9),
            reason="AM04",
            source="bank:x",
        )
    assert ["prélèvement" in subject for subject in _run(app, database, 1)] == [True]


def test_the_steps_are_the_cooperatives(app: Flask, database: Database) -> None:
    _shop(database)
    with database.transaction() as session:
        services.set_terms(session, actor=COOPERATIVE, days=[3], valid_from=date(2026, 12, 1))
        services.set_terms(session, actor=COOPERATIVE, days=[], valid_from=date(2027, 1, 1))
    assert len(_run(app, database, 3)) == 1
    assert _run(app, database, 90) == []


@pytest.mark.parametrize("days", [[0], [7, 7], [21, 7], [400], [1, 2, 3, 4, 5, 6, 7]])
def test_steps_that_make_no_sense_are_refused(session: Session, days: list[int]) -> None:
    with pytest.raises(InvalidInput):
        services.set_terms(session, actor=COOPERATIVE, days=days, valid_from=DUE)
    with pytest.raises(NotAllowed):
        services.set_terms(session, actor=SYSTEM, days=[7], valid_from=DUE)
