"""From the invoice's page to the provider's and back."""

from datetime import date
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from billing.collection import queries as collection
from billing.direct_debit import services as debits
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from coopcircuits.payments.sandbox import transport as sandbox
from tests.support.bank import SHOP_IBAN, open_account
from tests.support.people import form_token, make_user, sign_in
from tests.support.till import open_counter


def test_pay_and_come_back(app: Flask, client: FlaskClient, database: Database, tmp_path: Path) -> None:
    with open_counter(database, tmp_path) as counter:
        app.extensions["payment_gateway"] = counter.gateway
        with database.transaction() as session:
            shop = collection.invoice_by_number(session, counter.invoice.number).enterprise
            stranger = make_user(session, "voisin@example.org")
        base = f"/manage/{shop.permalink}/contribution/invoices/{counter.invoice.number}"
        sign_in(client, database, counter.person)
        data = {"csrf_token": form_token(client)}
        sent = client.post(f"{base}/pay", data=data)
        assert sent.status_code == 303
        assert sent.location.startswith("http://pay.test/pay/cs_test_")
        sandbox.pay(counter.app, sent.location.rsplit("/", 1)[1])
        assert client.get(f"{base}/paid").location == base
        with database.reading() as session:
            assert collection.open_amount(session, counter.invoice.id) == 0
        assert client.post(f"{base}/pay", data=data).location == base, "nothing is left to pay"
        other = app.test_client()
        sign_in(other, database, stranger)
        assert other.post(f"{base}/pay", data={"csrf_token": form_token(other)}).status_code == 404


def test_no_page_while_the_bank_is_asked(app: Flask, client: FlaskClient, database: Database, tmp_path: Path) -> None:
    with open_counter(database, tmp_path) as counter:
        app.extensions["payment_gateway"] = counter.gateway
        with database.transaction() as session:
            open_account(session)
            shop = collection.invoice_by_number(session, counter.invoice.number).enterprise
            debits.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
            debits.prepare_file(session, actor=SYSTEM, day=date(2026, 12, 7), today=date(2026, 12, 1))
        base = f"/manage/{shop.permalink}/contribution/invoices/{counter.invoice.number}"
        sign_in(client, database, counter.person)
        assert client.post(f"{base}/pay", data={"csrf_token": form_token(client)}).location == base
        shown = client.get(base).get_data(as_text=True)
        assert "Un prélèvement de cette facture est en cours" in shown
        assert f"{base}/pay" not in shown
