"""A shop signs a mandate; the cooperative prepares the file for its bank."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from billing.collection import queries as collection
from billing.direct_debit import queries, services
from coopcircuits import clock
from coopcircuits.actor import SYSTEM
from coopcircuits.db import Database
from tests.support.bank import SHOP_IBAN, open_account
from tests.support.collection import make_invoice
from tests.support.people import form_token, make_user, sign_in
from tests.support.shops import make_shop

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_from_the_mandate_to_the_file(app: Flask, client: FlaskClient, database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        open_account(session)
        owner = make_user(session, "elise@example.org")
        shop = make_shop(session, owner_id=owner.id, name="La Ferme du Mandat")
        invoice = make_invoice(session, shop)
        coop = make_user(session, "coop@example.org", is_cooperative=True)
    sign_in(client, database, owner)
    token = form_token(client)
    page = f"/manage/{shop.permalink}/contribution/payments"
    shown = client.get(page).get_data(as_text=True)
    assert invoice.number in shown
    assert "FR76 3000 6000" in shown
    assert "FR72ZZZ123456" in shown, "the mandate names the creditor"
    typed = {"csrf_token": token, "holder": "Élise", "iban": SHOP_IBAN, "agreed": "y"}
    assert client.post(f"{page}/mandate", data={**typed, "iban": "FR14 2004"}).status_code == 422
    assert client.post(f"{page}/mandate", data={**typed, "agreed": ""}).status_code == 422
    assert client.post(f"{page}/mandate", data=typed).status_code == 302
    assert "… 2606" in client.get(page).get_data(as_text=True)

    other = app.test_client()
    sign_in(other, database, coop)
    token = form_token(other)
    debits = "/cooperative/receipts/debits"
    with clock.travel(NOW):
        assert other.post(debits, data={"csrf_token": token, "day": "2026-12-06"}).status_code == 422
        made = other.post(debits, data={"csrf_token": token, "day": "2026-12-07"})
        assert made.status_code == 302
        again = app.test_cli_runner().invoke(
            args=["billing", "debits", "prepare", "2026-12-07", "--out", str(tmp_path / "a.xml")]
        )
        assert (again.exit_code, (tmp_path / "a.xml").exists()) == (1, False)
    file = other.get(f"{made.location}.xml").data
    with database.reading() as session:
        kept = queries.file(session, made.location.rsplit("/", 1)[1])
        assert hashlib.sha256(file).hexdigest() == kept.digest
        (debit,) = kept.lines
    assert "Prélèvement en cours" in client.get(page).get_data(as_text=True)
    refused = other.post(f"{made.location}/{debit.id}/refuse", data={"csrf_token": token, "reason": "AM04"})
    assert refused.status_code == 302
    shown = other.get(made.location).get_data(as_text=True)
    assert ("AM04" in shown, "noté à la main" in shown) == (True, True)
    with database.reading() as session:
        assert collection.open_amount(session, invoice.id) == 3420


def test_the_terminal_writes_the_file(app: Flask, database: Database, tmp_path: Path) -> None:

    with database.transaction() as session:
        open_account(session)
        shop = make_shop(session)
        make_invoice(session, shop)
        services.sign_mandate(session, actor=SYSTEM, enterprise_id=shop.id, holder="Élise", iban=SHOP_IBAN)
    out = tmp_path / "prelevements.xml"
    with clock.travel(NOW):
        done = app.test_cli_runner().invoke(
            args=["billing", "debits", "prepare", "2026-12-07", "--out", str(out), "--json"]
        )
    said = json.loads(done.output)
    assert (said["invoices"], said["total_minor"]) == (1, 3420)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == said["sha256"]


def test_nobody_ends_anothers_mandate(client: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        open_account(session)
        stranger = make_user(session, "voisine@example.org")
        make_shop(session, owner_id=stranger.id)
        shop = make_shop(session)
    sign_in(client, database, stranger)
    url = f"/manage/{shop.permalink}/contribution/payments/mandate/end"
    assert client.post(url, data={"csrf_token": form_token(client)}).status_code == 404
