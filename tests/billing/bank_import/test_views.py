"""A bank statement from the file to the last line, in the browser and in the terminal."""

import io
import json
import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from billing.bank_import import queries
from billing.collection import queries as collection
from coopcircuits.db import Database
from tests.support.bank import line, open_account, statement
from tests.support.collection import make_invoice
from tests.support.people import form_token, make_user, sign_in
from tests.support.shops import make_enterprise

IMPORT = "/cooperative/receipts/import"


class Desk:
    """A browser of the cooperative, and one invoice that is open."""

    def __init__(self, client: FlaskClient, database: Database) -> None:
        self.client, self.database = client, database
        with database.transaction() as session:
            open_account(session)
            user = make_user(session, "coop@example.org", is_cooperative=True)
            self.shop = make_enterprise(session, name="La Ferme du Relevé")
            self.invoice = make_invoice(session, self.shop)
        sign_in(client, database, user)
        self.token = form_token(client)

    def post(self, url: str, **data: object) -> TestResponse:
        return self.client.post(url, data={"csrf_token": self.token, **data})

    def send(self, content: bytes) -> TestResponse:
        return self.post(IMPORT, file=(io.BytesIO(content), "releve.xml"))

    def open(self) -> int:
        with self.database.reading() as session:
            return collection.open_amount(session, self.invoice.id)


def test_send_look_confirm_place(client: FlaskClient, database: Database) -> None:
    desk = Desk(client, database)
    sent = desk.send(statement(line("20.00", desk.invoice.number), line("14.20", "merci", name="Inconnue")))
    page = client.get(sent.location).get_data(as_text=True)
    assert "La Ferme du Relevé" in page
    assert "14,20\u00a0€ manqueront" in page
    assert desk.open() == 3420, "nothing is recorded before it is confirmed"
    desk.post(sent.location)
    assert desk.open() == 1420
    index = client.get("/cooperative/receipts").get_data(as_text=True)
    place = re.search(r'href="(/cooperative/receipts/lines/\d+)"', index)
    assert place is not None
    assert desk.invoice.number in client.get(place[1]).get_data(as_text=True)
    assert desk.post(place[1], target="").status_code == 422
    assert desk.post(place[1], target=f"{desk.shop.id}.{desk.invoice.id}").status_code == 302
    assert desk.open() == 0
    again = desk.post(place[1], target=f"{desk.shop.id}.{desk.invoice.id}")
    assert again.location.startswith("/cooperative/receipts/")  # pressed twice: where the money is


def test_the_same_file_twice_is_said(client: FlaskClient, database: Database) -> None:
    desk = Desk(client, database)
    content = statement(line("34.20", desk.invoice.number))
    desk.post(desk.send(content).location)
    again = desk.send(content)
    assert again.status_code == 422
    assert "déjà été importé" in again.get_data(as_text=True)


def test_what_is_no_statement_is_said(client: FlaskClient, database: Database) -> None:
    desk = Desk(client, database)
    assert desk.post(IMPORT).status_code == 422
    assert desk.send(b"<html>").status_code == 422


def test_money_can_be_said_to_have_gone_back(client: FlaskClient, database: Database) -> None:
    desk = Desk(client, database)
    desk.post(desk.send(statement(line("34.20", desk.invoice.number))).location)
    with database.reading() as session:
        (receipt,) = collection.receipts(session)
    url = f"/cooperative/receipts/{receipt.id}"
    assert desk.invoice.number in client.get(url).get_data(as_text=True)
    given = {"amount": "34,20", "returned_on": "2026-11-20", "reason": "payé deux fois", "key": "K1"}
    assert desk.post(f"{url}/return", **{**given, "amount": "34,21"}).status_code == 422
    assert desk.post(f"{url}/return", **given).status_code == 302
    assert desk.post(f"{url}/return", **given).status_code == 302, "sent twice, done once"
    assert desk.open() == 3420


def test_the_terminal_does_the_same(app: Flask, client: FlaskClient, database: Database, tmp_path: Path) -> None:
    desk, runner = Desk(client, database), app.test_cli_runner()
    file = tmp_path / "releve.xml"
    file.write_bytes(statement(line("34.20", desk.invoice.number), line("5.00", "don")))
    shown = runner.invoke(args=["billing", "receipts", "import", str(file), "--dry-run", "--json"])
    assert [each["recognised_by"] for each in json.loads(shown.output)["lines"]] == ["reference", "nothing"]
    assert desk.open() == 3420
    done = runner.invoke(args=["billing", "receipts", "import", str(file), "--json"])
    assert {k: v for k, v in json.loads(done.output).items() if k in ("recorded", "to_place", "left_out")} == {
        "recorded": 1,
        "to_place": 1,
        "left_out": 0,
    }
    assert desk.open() == 0
    again = runner.invoke(args=["billing", "receipts", "import", str(file)])
    assert again.exit_code == 1
    assert "was imported on" in again.output
    with database.reading() as session:
        assert len(queries.waiting(session)) == 1
