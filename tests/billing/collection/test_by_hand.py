"""Cheques and cash: written down by somebody, once, and entered where accountants look for them."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing.collection import queries, services
from billing.collection.errors import FormUsed
from billing.collection.models import Receipt, ReceiptMethod
from billing.ledger.models import Journal, JournalEntry
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.errors import InvalidInput
from shops.enterprise.models import Enterprise
from tests.support.collection import TODAY, make_invoice
from tests.support.crowd import at_once
from tests.support.people import form_token, make_user, sign_in
from tests.support.shops import make_enterprise

NOVEMBER_20 = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGE = "/cooperative/receipts/new"


def _record(session: Session, shop: Enterprise, key: str = "k1", **given: object) -> Receipt:
    values = {
        "invoice_id": None,
        "method": ReceiptMethod.CHEQUE,
        "amount": 3420,
        "received_on": TODAY,
        "reference": "0042 Crédit du Val",
    }
    with clock.travel(NOVEMBER_20):
        return services.record_by_hand(
            session,
            enterprise_id=shop.id,
            today=TODAY,
            key=key,
            actor=SYSTEM,
            **{**values, **given},  # type: ignore[arg-type]  # the test names them
        )


@pytest.mark.parametrize(
    ("method", "journal", "account"),
    [(ReceiptMethod.CHEQUE, Journal.BANK, "511200"), (ReceiptMethod.CASH, Journal.CASH, "530000")],
)
def test_each_goes_to_its_account(session: Session, method: ReceiptMethod, journal: Journal, account: str) -> None:
    shop = make_enterprise(session)
    invoice = make_invoice(session, shop)
    receipt = _record(session, shop, method=method)
    assert queries.open_amount(session, invoice.id) == 0
    services.return_receipt(
        session, receipt_id=receipt.id, returned_on=TODAY, reason="impayé", source="hand:b", actor=SYSTEM
    )
    entries = session.scalars(
        select(JournalEntry).order_by(JournalEntry.id).options(selectinload(JournalEntry.lines))
    ).all()
    assert [entry.journal for entry in entries] == [journal, journal]
    assert [(line.account, line.debit, line.credit) for entry in entries for line in entry.lines] == [
        (account, 3420, 0), ("411000", 0, 3420), (account, 0, 3420), ("411000", 3420, 0),
    ]  # fmt: skip


def test_pressed_many_times_at_once_it_is_one_receipt(database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
        invoice = make_invoice(session, shop, 5000)
    assert at_once(database, [lambda session: _record(session, shop)] * 4) == {"done": 4}
    with database.reading() as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
        assert queries.open_amount(session, invoice.id) == 1580


def test_a_form_found_again_with_other_money_in_it_is_refused(session: Session) -> None:
    shop = make_enterprise(session)
    first, second = make_invoice(session, shop), make_invoice(session, shop)
    receipt = _record(session, shop, invoice_id=first.id)
    changes: list[dict[str, object]] = [
        {"invoice_id": second.id},
        {"method": ReceiptMethod.CASH},
        {"received_on": date(2026, 11, 19)},
        {"reference": "0043 Crédit du Val"},
        {"amount": 3000},
    ]
    for changed in changes:
        with pytest.raises(FormUsed):
            _record(session, shop, **{"invoice_id": first.id, **changed})
    assert _record(session, shop, invoice_id=first.id, reference=" 0042  Crédit du Val").id == receipt.id
    assert _record(session, shop, key="k2", invoice_id=second.id).id != receipt.id
    assert queries.open_amount(session, second.id) == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"received_on": date(2026, 11, 21)}, "received_on"),
        ({"received_on": date(2025, 11, 1)}, "received_on"),
        ({"method": ReceiptMethod.TRANSFER}, "method"),
    ],
)
def test_what_cannot_be_right_is_refused(session: Session, given: dict[str, object], field: str) -> None:
    shop = make_enterprise(session)
    with pytest.raises(InvalidInput) as refused:
        _record(session, shop, **given)
    assert refused.value.field == field
    assert session.scalars(select(Receipt)).all() == []


def test_the_form_says_what_is_wrong_beside_the_field_and_records_once(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session, name="La Ferme du Val")
        invoice = make_invoice(session, shop)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    with clock.travel(NOVEMBER_20):
        assert "Enregistrer un chèque ou des espèces" in client.get("/cooperative/receipts").get_data(as_text=True)
        empty = client.get(PAGE).get_data(as_text=True)
        assert (f"La Ferme du Val · {invoice.number}" in empty, 'value="2026-11-20"' in empty) == (True, True)
        typed = {
            "csrf_token": form_token(client), "key": "k1", "payer": f"{shop.id}.{invoice.id}", "method": "cash",
            "amount": "30,00", "received_on": "2026-11-19", "reference": "reçu 12",
        }  # fmt: skip
        for wrong in (
            {"payer": ""},
            {"amount": "trente"},
            {"received_on": "2026-11-21"},
            {"payer": "999"},
            {"method": "gold"},
        ):
            refused = client.post(PAGE, data={**typed, **wrong})
            shown = refused.get_data(as_text=True)
            assert (refused.status_code, "reçu 12" in shown, 'value="k1"' in shown) == (422, True, True)
            assert "error-summary" in shown
        first, second = (client.post(PAGE, data=typed).location for _press in range(2))
        assert first == second == "/cooperative/receipts/1"
        for changed in ({"amount": "31,00"}, {"method": "cheque"}, {"received_on": "2026-11-18"}, {"reference": "13"}):
            other = client.post(PAGE, data={**typed, **changed})
            assert (other.status_code, "a déjà enregistré" in other.get_data(as_text=True)) == (422, True)
        assert "Espèces" in client.get(first).get_data(as_text=True)
    with database.reading() as session:
        assert queries.open_amount(session, invoice.id) == 420


def test_pressed_again_after_the_invoice_is_paid_it_says_so_kindly(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        shop = make_enterprise(session)
        invoice = make_invoice(session, shop)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, coop)
    with clock.travel(NOVEMBER_20):
        typed = {
            "csrf_token": form_token(client), "key": "k1", "payer": f"{shop.id}.{invoice.id}", "method": "cheque",
            "amount": "34,20", "received_on": "2026-11-20", "reference": "0042",
        }  # fmt: skip
        first, second = (client.post(PAGE, data=typed).location for _press in range(2))
        assert first == second == "/cooperative/receipts/1"  # the same form: the receipt that is there
        other = client.post(PAGE, data={**typed, "key": "k2"})
        shown = other.get_data(as_text=True)
        assert (other.status_code, "est déjà entièrement payée" in shown, "0042" in shown) == (422, True, True)
        assert client.post(PAGE, data={**typed, "key": "k3", "payer": "999.999"}).status_code == 422
    with database.reading() as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
